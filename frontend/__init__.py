"""
Tracing of NumPy-style Python, and the public functions.

Each module lists its public names in `__all__`. `letgrad` offers all these names.
"""

from . import (
    api,
    callbacks,
    checking,
    comprehensions,
    constants,
    dims,
    exponentials,
    exports,
    programs,
    python_rules,
    symbolic_sizes,
)
from . import array_methods as array_methods  # This import attaches methods to `Array`.
from . import masked_axes as masked_axes
from . import masked_functions as masked_functions
from .api import *
from .callbacks import *
from .checking import *
from .comprehensions import *
from .constants import *
from .control_flow import associative, cond_and_switch, loops
from .control_flow.associative import *
from .control_flow.checkpoint_policies import checkpoint_name
from .control_flow.cond_and_switch import *
from .control_flow.loops import *
from .dims import *
from .exponentials import *
from .exports import *
from .programs import *
from .python_rules import *
from .solvers import implicit, odes
from .solvers.implicit import *
from .solvers.odes import *
from .symbolic_sizes import *
from .transforms import batching, custom_rules, derivatives, jacobians, linearizing, sparse
from .transforms.batching import *
from .transforms.custom_rules import *
from .transforms.derivatives import *
from .transforms.jacobians import *
from .transforms.linearizing import *
from .transforms.sparse import *
from .with_jax import jax_doors, jax_functions, meshes
from .with_jax.jax_doors import *
from .with_jax.jax_functions import *
from .with_jax.meshes import *
from .with_torch import torch_doors
from .with_torch.torch_doors import *

__all__: list[str] = []
__all__ += api.__all__
__all__ += associative.__all__
__all__ += batching.__all__
__all__ += callbacks.__all__
__all__ += checking.__all__
__all__ += ["checkpoint_name"]
__all__ += cond_and_switch.__all__
__all__ += comprehensions.__all__
__all__ += constants.__all__
__all__ += custom_rules.__all__
__all__ += derivatives.__all__
__all__ += dims.__all__
__all__ += exponentials.__all__
__all__ += exports.__all__
__all__ += implicit.__all__
__all__ += jacobians.__all__
__all__ += jax_doors.__all__
__all__ += jax_functions.__all__
__all__ += linearizing.__all__
__all__ += loops.__all__
__all__ += meshes.__all__
__all__ += odes.__all__
__all__ += programs.__all__
__all__ += python_rules.__all__
__all__ += sparse.__all__
__all__ += symbolic_sizes.__all__
__all__ += torch_doors.__all__
