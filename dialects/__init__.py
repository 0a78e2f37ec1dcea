from . import quick_classes as quick_classes
from . import quick_operations as quick_operations
