"""
A shared library of LLVM, by its C interface, which makes machine code instead of llvmlite's LLVM.

The LLVM in llvmlite's wheels has LLVM's assertions in it. A release build makes the same code in
about half of the time. llvmlite still loads the code, and says what LLVM's vectorizer did.

https://llvm.org/doxygen/group__LLVMC.html
"""

from __future__ import annotations

import ctypes
import importlib.metadata
import platform
from collections import defaultdict
from ctypes import POINTER, byref, c_char_p, c_int, c_size_t, c_uint, c_void_p
from pathlib import Path

from ...passes.rewriting.diagnostics import LetgradError
from ...passes.rewriting.settings import Setting
from .threads import made_once

LIBRARY = Setting(
    "LETGRAD_LLVM",
    "the package `karellen-llvm-core`, else llvmlite",
    "The shared library of LLVM that makes machine code, or `llvmlite`.",
)

PACKAGE = "karellen-llvm-core"
"""A package whose wheel has LLVM's shared library, and the C++ library that it needs."""
VERSIONS = range(20, 23)
"""
Versions that read letgrad's text. LLVM 23's vectorizer takes exponential time for a chain of values
that are used twice (`VPInstruction::usesFirstLaneOnly`), and so for the gradients of such chains.
"""
WANTED = f"{VERSIONS[0]} to {VERSIONS[-1]}"
ARCHITECTURES = {"x86_64": "X86", "AMD64": "X86", "aarch64": "AArch64", "arm64": "AArch64"}
DEFAULT_RELOCATIONS, JIT_CODE_MODEL, OBJECT_FILE = 0, 1, 1
"""Values of the C interface's enumerations."""

LEVEL = 3
"""The level of the code generator for nests."""

_COMBINE = "instcombine<no-verify-fixpoint>"
# Only loops whose metadata ask for it.
_UNROLL = "loop-unroll<O2;no-partial;no-peeling;no-runtime;no-upperbound;full-unroll-max=0>"
_BLOCKS = (
    "simplifycfg<forward-switch-cond;switch-range-to-icmp;switch-to-lookup;no-keep-loops;"
    "hoist-common-insts;sink-common-insts>"
)
_BEFORE_VECTORS = (
    *("sroa", "early-cse<memssa>", "correlated-propagation", _COMBINE, "reassociate"),
    "loop-mssa(licm<no-allowspeculation>,loop-rotate<header-duplication>,licm)",
    *(_COMBINE, "loop(loop-idiom,indvars)", _UNROLL, "sroa", "gvn", "jump-threading"),
    *("correlated-propagation", "memcpyopt", "dse"),
)
_VECTORS = (
    *("loop-vectorize", "loop-load-elim", _COMBINE, _BLOCKS, "slp-vectorizer", "vector-combine"),
    *(_UNROLL, "infer-alignment", "loop-mssa(licm)", "div-rem-pairs", _BLOCKS),
)
PASSES = ",".join(
    (
        *("function(early-cse)", "ipsccp", f"function({_COMBINE})", "always-inline"),
        f"cgscc(inline,function-attrs,function({','.join(_BEFORE_VECTORS)}))",
        *("deadargelim", "globalopt", f"function({','.join(_VECTORS)})", "globaldce", "constmerge"),
    )
)
"""
The passes of `default<O2>` without those that find nothing in code of nests. Loops are unrolled
only if their metadata ask for that: more unrolling doubles LLVM's time. The first
`correlated-propagation` must stay: without its flags of index arithmetic, some loops become no
vectors.

https://llvm.org/doxygen/PassBuilderPipelines_8cpp_source.html
"""

_FUNCTIONS = {
    "ContextCreate": (c_void_p,),
    "ContextDispose": (None, c_void_p),
    "CreateMemoryBufferWithMemoryRangeCopy": (c_void_p, c_char_p, c_size_t, c_char_p),
    "CreatePassBuilderOptions": (c_void_p,),
    "CreateTargetDataLayout": (c_void_p, c_void_p),
    "CreateTargetMachine": (c_void_p, c_void_p, *[c_char_p] * 3, *[c_int] * 3),
    "DisposeMemoryBuffer": (None, c_void_p),
    "DisposeMessage": (None, c_void_p),
    "DisposeModule": (None, c_void_p),
    "DisposePassBuilderOptions": (None, c_void_p),
    "DisposeTargetData": (None, c_void_p),
    "GetBufferSize": (c_size_t, c_void_p),
    "GetBufferStart": (c_void_p, c_void_p),
    "GetDefaultTargetTriple": (c_void_p,),
    "GetErrorMessage": (c_void_p, c_void_p),
    "GetHostCPUFeatures": (c_void_p,),
    "GetHostCPUName": (c_void_p,),
    "GetTargetFromTriple": (c_int, c_char_p, POINTER(c_void_p), POINTER(c_void_p)),
    "GetVersion": (None, POINTER(c_uint), POINTER(c_uint), POINTER(c_uint)),
    "ParseIRInContext": (c_int, c_void_p, c_void_p, POINTER(c_void_p), POINTER(c_void_p)),
    "PassBuilderOptionsSetLoopUnrolling": (None, c_void_p, c_int),
    "RunPasses": (c_void_p, c_void_p, c_char_p, c_void_p, c_void_p),
    "SetModuleDataLayout": (None, c_void_p, c_void_p),
    "SetTarget": (None, c_void_p, c_char_p),
    "TargetMachineEmitToMemoryBuffer": (
        *(c_int, c_void_p, c_void_p, c_int),
        *(POINTER(c_void_p), POINTER(c_void_p)),
    ),
    "VerifyModule": (c_int, c_void_p, c_int, POINTER(c_void_p)),
}
"""The result and the parameters of each function, by its name without `LLVM`."""


def library() -> SharedLlvm | None:
    """
    The library that $LETGRAD_LLVM names, else the one of an installed `karellen-llvm-core`; None if
    llvmlite makes the code.

    Errors: `LetgradError` if the named library does not load, is none of `VERSIONS`, or lacks a
    function.
    """
    named = LIBRARY.get()
    if named == "llvmlite":
        return None
    if named:
        return _loaded(named)
    return _of_package()


@made_once
def _of_package() -> SharedLlvm | None:
    try:
        files = importlib.metadata.files(PACKAGE) or []
    except importlib.metadata.PackageNotFoundError:
        return None
    places = {file.name.partition(".so")[0]: Path(str(file.locate())) for file in files}
    try:
        # Its C++ library is no other's: LLVM finds those that are loaded by their names.
        for name in ("libunwind", "libc++abi", "libc++"):
            ctypes.CDLL(str(places[name]))
        return _loaded(str(places["libLLVM"]))
    except (KeyError, OSError, LetgradError):
        return None  # for another system, or without its functions for this processor


@made_once
def _loaded(path: str) -> SharedLlvm:
    return SharedLlvm(path)


class SharedLlvm:
    """
    A loaded library. Several threads may call `code` at the same time: each has a target machine
    and a context of its own.
    """

    def __init__(self, path: str):
        try:
            self._library = ctypes.CDLL(path)
            self._functions = {name: self._function(name, *_FUNCTIONS[name]) for name in _FUNCTIONS}
            kind = ARCHITECTURES.get(platform.machine(), platform.machine())
            for part in ("TargetInfo", "Target", "TargetMC", "AsmPrinter"):
                getattr(self._library, f"LLVMInitialize{kind}{part}")()
        except (OSError, AttributeError) as error:
            said = f"{path} is no library of LLVM {WANTED}: {error}"
            raise LetgradError(f"{LIBRARY.name}: {said}") from None
        version = [c_uint() for _ in range(3)]
        self._call("GetVersion", *map(byref, version))
        self.version = tuple(number.value for number in version)
        """Such as (22, 1, 0)."""
        if self.version[0] not in VERSIONS:
            found = ".".join(map(str, self.version))
            raise LetgradError(f"{LIBRARY.name}: {path} is LLVM {found}, and not {WANTED}")
        self.host = tuple(
            self._said(self._call(f"GetHostCPU{what}")) for what in ("Name", "Features")
        )
        """The processor's name and features."""
        self._triple = self._said(self._call("GetDefaultTargetTriple"))
        self._idle: defaultdict[int, list[c_void_p]] = defaultdict(list)
        """Target machines that no thread uses, by level."""

    def code(self, text: str, faster: bool, level: int = LEVEL) -> bytes:
        """
        The object file of a module of LLVM's text for this host, for a loader at any addresses;
        without `faster`, as it is, without LLVM's passes. `level` is that of the code generator, 0
        to 3. Errors: `RuntimeError` says what LLVM says of a wrong text.
        """
        try:
            machine = self._idle[level].pop()
        except IndexError:
            machine = self._machine(level)
        context = c_void_p(self._call("ContextCreate"))
        try:
            module = self._parsed(text, context, machine)
            try:
                if faster:
                    self._run_passes(module, machine)
                return self._object(module, machine)
            finally:
                self._call("DisposeModule", module)
        finally:
            self._call("ContextDispose", context)
            self._idle[level].append(machine)

    def _function(self, name: str, result: object, *parameters: object) -> ctypes._NamedFuncPointer:
        function = getattr(self._library, f"LLVM{name}")
        function.restype, function.argtypes = result, parameters
        return function

    def _call(self, name: str, *arguments: object) -> int:
        return self._functions[name](*arguments)

    def _said(self, message: int | c_void_p | None) -> str:
        """A message of LLVM, which this frees."""
        text = ctypes.string_at(message).decode(errors="replace") if message else ""
        self._call("DisposeMessage", message)
        return text

    def _machine(self, level: int) -> c_void_p:
        target, message = c_void_p(), c_void_p()
        triple = self._triple.encode()
        if self._call("GetTargetFromTriple", triple, byref(target), byref(message)):
            raise RuntimeError(self._said(message))
        host = [part.encode() for part in self.host]
        options = level, DEFAULT_RELOCATIONS, JIT_CODE_MODEL
        return c_void_p(self._call("CreateTargetMachine", target, triple, *host, *options))

    def _parsed(self, text: str, context: c_void_p, machine: c_void_p) -> c_void_p:
        data = text.encode()
        buffer = self._call("CreateMemoryBufferWithMemoryRangeCopy", data, len(data), b"letgrad")
        module, message = c_void_p(), c_void_p()
        # The parser takes the buffer.
        if self._call("ParseIRInContext", context, buffer, byref(module), byref(message)):
            raise RuntimeError(self._said(message))
        self._call("SetTarget", module, self._triple.encode())
        layout = self._call("CreateTargetDataLayout", machine)
        self._call("SetModuleDataLayout", module, layout)
        self._call("DisposeTargetData", layout)
        report = 2  # LLVMReturnStatusAction
        if self._call("VerifyModule", module, report, byref(message)):
            raise RuntimeError(self._said(message))
        self._said(message)
        return module

    def _run_passes(self, module: c_void_p, machine: c_void_p) -> None:
        options = self._call("CreatePassBuilderOptions")
        error = self._call("RunPasses", module, PASSES.encode(), machine, options)
        if error:
            # LLVM reads the whole list before it runs a pass. Another version may not know a name.
            self._said(self._call("GetErrorMessage", error))
            self._call("PassBuilderOptionsSetLoopUnrolling", options, False)
            error = self._call("RunPasses", module, b"default<O2>", machine, options)
        self._call("DisposePassBuilderOptions", options)
        if error:
            raise RuntimeError(self._said(self._call("GetErrorMessage", error)))

    def _object(self, module: c_void_p, machine: c_void_p) -> bytes:
        buffer, message = c_void_p(), c_void_p()
        wanted = OBJECT_FILE, byref(message), byref(buffer)
        if self._call("TargetMachineEmitToMemoryBuffer", machine, module, *wanted):
            raise RuntimeError(self._said(message))
        begin, size = self._call("GetBufferStart", buffer), self._call("GetBufferSize", buffer)
        try:
            return ctypes.string_at(begin, size)
        finally:
            self._call("DisposeMemoryBuffer", buffer)
