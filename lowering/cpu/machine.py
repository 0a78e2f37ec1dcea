"""
From LLVM IR text to functions of Python: the host's processor, and the vector functions of its C
library.
"""

from __future__ import annotations

import ctypes
import functools
import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from threading import Lock
from typing import Any

import llvmlite
import llvmlite.binding as llvm
import numpy as np

from ...passes.rewriting.diagnostics import LetgradError
from .. import cache_files
from . import common_code, elementary, library_calls, shared_llvm
from .alike_nests import SHARED
from .python_objects import DATA, ITEMS
from .threads import thread_count


@functools.cache
def _host() -> tuple[str, str]:
    """The processor's name and features."""
    return llvm.get_host_cpu_name(), llvm.get_host_cpu_features().flatten()


@functools.cache
def _initialized() -> llvm.Target:
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    return llvm.Target.from_default_triple()


def target_machine(level: int = shared_llvm.LEVEL) -> llvm.TargetMachine:
    """
    The host, with all its vector features, and a level of its code generator. An engine owns its
    machine, so each has one.
    """
    target = _initialized()
    cpu, features = _host()
    return target.create_target_machine(cpu=cpu, features=features, opt=level, jit=True)


@functools.cache
def vector_functions() -> str:
    """
    The kinds of glibc's vector functions that this host can run, by their letters in the vector
    function ABI: "e" for 512 bits, "d" for 256. If the library lacks the less common functions,
    there are none.
    """
    _initialized()
    features = llvm.get_host_cpu_features()
    try:
        library = ctypes.CDLL("libmvec.so.1")
    except OSError:
        return ""
    found = ""
    for letter, lanes, needed in (("e", 8, "avx512f"), ("d", 4, "avx2")):
        names = (f"_ZGV{letter}N{lanes}v_sin", f"_ZGV{letter}N{lanes}vv_atan2")
        if features.get(needed) and all(hasattr(library, name) for name in names):
            found += letter
    if found:
        llvm.load_library_permanently("libmvec.so.1")
    return found


Run = ctypes.CFUNCTYPE(None, ctypes.py_object)
"""
A run of nests, each over all of its loop. Its argument is a list with the arrays of a function. The
run itself takes the pointers out of Python's objects, because Python needs microseconds to do that.
It runs without the interpreter's lock. So no thread may change the list or resize an array before
the run returns.
"""

ShortRun = ctypes.PYFUNCTYPE(None, ctypes.py_object)
"""A short run, which keeps the interpreter's lock."""


@functools.cache
def check_layout() -> None:
    """
    Check that lists and arrays have their pointers at the places that `python_objects` states.
    Errors: `LetgradError` if not.
    """
    array = np.zeros(3)
    slots = [array]
    items = ctypes.c_void_p.from_address(id(slots) + ITEMS).value
    item = ctypes.c_void_p.from_address(items).value if items else None
    data = ctypes.c_void_p.from_address(id(array) + DATA).value
    if item != id(array) or data != array.__array_interface__["data"][0]:
        raise LetgradError(
            "the cpu backend does not know this Python's lists or this NumPy's arrays"
        )


class Workers:
    """
    Threads that make machine code while this thread writes more text. LLVM takes half the time of a
    compilation, and it does not hold the interpreter's lock. A text that comes again has the same
    machine code. At its end, the `with` waits for the threads: no thread outlives the compilation,
    so a process may fork after it.
    """

    shares = True
    """Whether the libraries share an engine. Then their functions have names of their own."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(thread_count())
        self._codes: dict[tuple[str, bool], Future[bytes]] = {}
        self.engine = Engine()
        self.functions: dict[str, Library] | None = None
        """
        The libraries of this engine by the names of their functions for all libraries; None if they
        have no such functions.
        """

    def __enter__(self) -> Workers:
        return self

    def __exit__(self, *error: object) -> None:
        self._threads.shutdown(cancel_futures=error[0] is not None)

    def code(self, text: str, faster: bool) -> Future[bytes]:
        key = text, faster
        if key not in self._codes:
            self._codes[key] = self._threads.submit(kept_code, text, faster)
        return self._codes[key]

    def run(self, task: Callable[[], Any]) -> Future[Any]:
        return self._threads.submit(task)


class Engine:
    """
    Loaded machine code. The libraries of a program share an engine: another engine takes 2 ms, and
    another object file 0.04 ms.
    """

    def __init__(self) -> None:
        self._engine: llvm.ExecutionEngine | None = None
        self._loaded: set[str] = set()

    @property
    def code(self) -> llvm.ExecutionEngine:
        if self._engine is None:
            self._engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), target_machine())
        return self._engine

    def load(self, key: str, codes: Sequence[Future[bytes]]) -> None:
        """Load these object files, once for a key."""
        if key in self._loaded:
            return
        for code in codes:
            self.code.add_object_file(llvm.ObjectFileRef.from_data(code.result()))
        self.code.finalize_object()
        self._loaded.add(key)


class Library:
    """
    Machine code of some modules, which lives as long as this object. The modules may call each
    other's functions. Without `faster`, LLVM's passes do not run. This class calls `needs` while it
    compiles the modules, and before it loads them. With `workers`, it compiles in their threads,
    and waits for them when somebody asks for an address.
    """

    def __init__(
        self,
        *texts: str,
        faster: bool = True,
        needs: Callable[[], Any] | None = None,
        workers: Workers | None = None,
    ):
        check_layout()
        self._codes: list[Future[bytes]] = []
        self.calls_elementary = any(elementary.PREFIX in text for text in texts)
        self.common = {name: common_code.module_of(name) for name in common_code.names_in(texts)}
        """The modules of the functions that all programs share and this library calls, by name."""
        self._common: list[Future[None]] = []
        self.needs_pool = needs is not None
        self.tag = ""
        """The end of its functions' names, if it shares an engine."""
        self._engine = Engine()
        if workers is not None and workers.shares:
            self._engine = workers.engine
            self.tag, texts = _named_apart(texts)
        self.texts = texts
        """The modules, until the code is loaded and somebody gives them up."""
        self.after: list[Library] = []
        """The libraries of the engine whose functions this library calls."""
        if workers is not None and workers.functions is not None:
            self._share(workers.functions)
        self.outside = library_calls.names_in(texts)
        """The functions of other libraries that the code calls, by name."""
        self.calls_addresses = any("@letgrad_scipy_" in text for text in texts)
        """Whether the code calls functions that only this process knows, by their addresses."""
        self._needs: Future[Any] | None = None
        self._is_loaded = False
        if workers is None and len(texts) == 1 and needs is None and not self.common:
            self._codes = [_done(kept_code(texts[0], faster))]
        elif workers is None:
            with Workers() as own:
                self._begin(own, texts, faster, needs)
        else:
            self._begin(workers, texts, faster, needs)

    def _share(self, functions: dict[str, Library]) -> None:
        """Find the libraries whose functions this one calls, and let others call its own."""
        own = {name for text in self.texts for name in _DEFINED.findall(text)}
        called = {name for text in self.texts for name in _DECLARED.findall(text)} - own
        self.after = list(dict.fromkeys(functions[name] for name in sorted(called)))
        functions.update(dict.fromkeys(own, self))

    @classmethod
    def of_objects(
        cls,
        codes: Sequence[bytes],
        elementary: bool,
        pool: bool,
        tag: str,
        engine: Engine,
        common: Mapping[str, str],
        after: Sequence[Library] = (),
        outside: Sequence[str] = (),
    ) -> Library:
        """
        A library of object files, whose needs are met already. With a `tag`, others share the
        engine. It calls the functions of the modules `common`, of the libraries `after`, and of
        other libraries, `outside`.
        """
        made = cls()
        made.after = list(after)
        made.common, made.outside = dict(common), list(outside)
        for name, text in common.items():
            load_common(name, text)
        made._codes = [_done(code) for code in codes]
        made.calls_elementary, made.needs_pool = elementary, pool
        if tag:
            made.tag, made._engine = tag, engine
        return made

    def objects(self) -> list[bytes]:
        """The object files."""
        return [code.result() for code in self._codes]

    def _begin(
        self,
        workers: Workers,
        texts: Sequence[str],
        faster: bool,
        needs: Callable[[], Any] | None,
    ) -> None:
        self._codes = [workers.code(text, faster) for text in texts]
        self._common = [workers.run(partial(load_common, *each)) for each in self.common.items()]
        self._needs = None if needs is None else workers.run(needs)

    @property
    def engine(self) -> llvm.ExecutionEngine:
        """The engine, with the code of this library."""
        self.load()
        return self._engine.code

    def load(self) -> None:
        """Load the code, and that of the libraries which it calls."""
        # Not a `cached_property`: in Python 3.11 all libraries would share its lock, and the
        # library of `needs`, which another thread loads, would wait for this one.
        if self._is_loaded:
            return
        if self._needs is not None:
            self._needs.result()
        for loading in self._common:
            loading.result()
        for other in self.after:
            other.load()
        library_calls.introduce(self.outside)
        if self.calls_elementary:
            self._engine.load("elementary", [_done(_elementary_code())])
        self._engine.load(self.tag, self._codes)
        self._is_loaded = True

    def forget_objects(self) -> None:
        """Give up the object files, after the code is loaded."""
        self.texts = ()
        if self._is_loaded:
            self._codes = []

    def address(self, name: str) -> int:
        name = f"{name}.{self.tag}" if self.tag else name
        return self.engine.get_function_address(name)

    def run(self, name: str, short: bool) -> Callable[..., None]:
        """A nest, or a run of nests."""
        return (ShortRun if short else Run)(self.address(name))


_DEFINED, _DECLARED = (
    re.compile(rf"^{word} void @({re.escape(SHARED)}\w+)\(", re.M) for word in ("define", "declare")
)


def _named_apart(texts: Sequence[str]) -> tuple[str, tuple[str, ...]]:
    """A tag, and the texts, in which the names of functions of the outside end in it."""
    tag = hashlib.sha256("".join(texts).encode()).hexdigest()[:12]
    return tag, tuple(re.sub(r"@((?:run|nest|loop)\d*)\b", rf"@\1.{tag}", text) for text in texts)


def _done(code: bytes) -> Future[bytes]:
    done: Future[bytes] = Future()
    done.set_result(code)
    return done


_common = Engine()
"""The functions that all programs share. They live as long as the process."""
_common_loaded: set[str] = set()
_loading = Lock()
"""The thread that adds a function to `_common` holds this lock."""


def load_common(name: str, text: str) -> None:
    """Make a function that all programs share known to code that is loaded after this call."""
    with _loading:
        if name not in _common_loaded:
            faster = not text.startswith(common_code.PLAIN)
            _common.load(name, [_done(kept_code(text, faster))])
            llvm.add_symbol(name, _common.code.get_function_address(name))
            _common_loaded.add(name)


def common_address(name: str) -> int:
    """The address of a function that all programs share."""
    load_common(name, common_code.module_of(name))
    return address_in_common(name)


def address_in_common(name: str) -> int:
    """The address of a function in a module that `load_common` has loaded."""
    with _loading:
        return _common.code.get_function_address(name)


def keep_common() -> None:
    """Keep the functions that all programs share also while Python ends: threads may run them."""
    ctypes.pythonapi.Py_IncRef(ctypes.py_object(_common))
    ctypes.pythonapi.Py_IncRef(ctypes.py_object(_common.code))


@functools.cache
def _elementary_code() -> bytes:
    """The functions of vectors that modules call; each module would take longer to have its own."""
    return kept_code(elementary.module(vector_functions()), faster=True)


@functools.cache
def _unlocked(name: str) -> Callable[..., Any]:
    """
    A function of llvmlite's library without llvmlite's lock, which lets one thread at a time into
    LLVM. This is sound if threads have no context, module or machine in common (LLVM Programmer's
    Manual, "Achieving Isolation with LLVMContext").
    """
    locked = getattr(llvm.ffi.lib, name)
    function = getattr(ctypes.CDLL(llvm.ffi.lib._name), name)
    function.argtypes, function.restype = locked.argtypes, locked.restype
    return function


def parsed(text: str, machine: llvm.TargetMachine) -> llvm.ModuleRef:
    """The module, in a context of its own."""
    module = llvm.parse_assembly(text, llvm.create_context())
    module.triple = machine.triple
    module.data_layout = str(machine.target_data)
    module.verify()
    return module


def optimized(text: str, machine: llvm.TargetMachine) -> llvm.ModuleRef:
    """The module after LLVM's passes, vectorized for the host."""
    return _run_passes(parsed(text, machine), machine)


def optimized_module(
    module: llvm.ModuleRef, machine: llvm.TargetMachine, triple: str
) -> llvm.ModuleRef:
    """A module of a library for this machine, after LLVM's passes."""
    module.triple = triple
    module.data_layout = str(machine.target_data)
    module.verify()
    return _run_passes(module, machine)


def _run_passes(module: llvm.ModuleRef, machine: llvm.TargetMachine) -> llvm.ModuleRef:
    options = llvm.create_pipeline_tuning_options(speed_level=2)
    options.loop_vectorization = True
    options.slp_vectorization = True
    options.loop_interleaving = True
    # The vectorizer interleaves loops if it pays. More unrolling doubles the time of LLVM.
    options.loop_unrolling = False
    builder = llvm.create_pass_builder(machine, options)
    _unlocked("LLVMPY_RunNewModulePassManager")(builder.getModulePassManager(), module, builder)
    return module


def machine_code(text: str, machine: llvm.TargetMachine, faster: bool = True) -> bytes:
    """An object file."""
    module = (optimized if faster else parsed)(text, machine)
    library = llvm.ffi.lib
    with llvm.ffi.OutputString() as error:
        code = _unlocked("LLVMPY_TargetMachineEmitToMemory")(machine, module, 1, error)
        if not code:
            raise RuntimeError(str(error))
    try:
        begin, size = library.LLVMPY_GetBufferStart(code), library.LLVMPY_GetBufferSize(code)
        return ctypes.string_at(begin, size)
    finally:
        library.LLVMPY_DisposeMemoryBuffer(code)


_idle: dict[int, list[llvm.TargetMachine]] = {0: [], shared_llvm.LEVEL: []}
"""
Machines that no thread uses, by level. For a small module, a new machine takes as long as its code.
"""


def _compiled(text: str, faster: bool) -> bytes:
    """
    An object file for this host. LLVM's passes do not run on a `common_code.QUICK` text, and its
    code generator runs at level 0.
    """
    quick = text.startswith(common_code.QUICK)
    faster = faster and not quick
    level = 0 if quick else shared_llvm.LEVEL
    if (shared := shared_llvm.library()) is not None:
        return shared.code(text, faster, level)
    try:
        machine = _idle[level].pop()
    except IndexError:
        machine = target_machine(level)
    try:
        return machine_code(text, machine, faster)
    finally:
        _idle[level].append(machine)


def llvm_in_use() -> str:
    """Which LLVM makes the code, such as `LLVM 23.1.4`."""
    shared = shared_llvm.library()
    of, version = ("", shared.version) if shared else (" of llvmlite", llvm.llvm_version_info)
    return f"LLVM {'.'.join(map(str, version))}{of}"


# The cache of object code.

SETTINGS = "4"
"""A new value makes new machine code of the same text."""

KEPT = 2000
"""Object files in the cache, at most."""


def host_key(faster: bool) -> tuple[object, ...]:
    """What machine code depends on beside its text."""
    versions = (SETTINGS, faster, llvmlite.__version__, *llvm.llvm_version_info)
    if (shared := shared_llvm.library()) is not None:
        versions = (*versions, *shared.version, *shared.host)
    return (*versions, llvm.get_default_triple(), *_host())


def kept_code(text: str, faster: bool) -> bytes:
    """
    The machine code of a module for this host, from the cache if the cache has it. A file begins
    with the hash of its code. If a file is damaged, this function compiles the module again. If the
    process cannot write to the folder, it compiles every module.
    """
    try:
        folder = cache_files.folder()
    except RuntimeError:  # there is no home
        folder = None
    if folder is None:
        return _compiled(text, faster)
    host = host_key(faster)
    path = folder / f"{hashlib.sha256(repr((host, text)).encode()).hexdigest()}.o"
    try:
        data = path.read_bytes()
        if hashlib.sha256(data[32:]).digest() == data[:32]:
            return data[32:]
    except OSError:
        pass
    code = _compiled(text, faster)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        cache_files.replace(path, hashlib.sha256(code).digest() + code)
        cache_files.forget_oldest(path, KEPT)
    except OSError:
        pass
    return code
