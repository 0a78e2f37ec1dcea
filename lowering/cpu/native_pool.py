"""
A pool of threads in machine code: `letgrad_parallel(f, data, count)` calls `f(data, k)` once for
each k below `count`. The first free thread makes each call. The function returns after all calls
have returned.

A job is open while threads may take its parts. A worker counts itself in (`inside`) before it looks
whether a job is open. The caller closes the job before it waits for `inside` to be 0. So no worker
reads a job while the next caller replaces it. A waiting thread looks for some microseconds, and
then sleeps on a condition.

The pool has one job at a time. If a caller finds the pool taken, it runs its parts alone. So do a
forked process and a machine without POSIX threads. The parts are the same, so the results are the
same.
"""

from __future__ import annotations

import ctypes
import os
import platform
import signal
from functools import cache
from threading import Lock

from . import common_code, machine
from .threads import processors, thread_count

SPINS = 2000
"""How often a thread looks for work, or for its end, before it sleeps: some 50 µs."""

STACK = 1 << 23
"""Bytes of a worker's stack: rows of nests are on it."""

X86 = "llvm.x86.sse2.pause()", "call void @llvm.x86.sse2.pause()"
ARM = "llvm.aarch64.hint(i32)", "call void @llvm.aarch64.hint(i32 1)"
PAUSES = {"x86_64": X86, "AMD64": X86, "aarch64": ARM, "arm64": ARM}
"""The processor's hint for a loop that waits: a declaration, and a call."""

ALONE = """
define void @letgrad_parallel(ptr %f, ptr %data, i64 %count) {
entry:
  br label %head
head:
  %k = phi i64 [ 0, %entry ], [ %next, %run ]
  %more = icmp ult i64 %k, %count
  br i1 %more, label %run, label %end
run:
  call void %f(ptr %data, i64 %k)
  %next = add i64 %k, 1
  br label %head
end:
  ret void
}
"""

POOL = """
@mutex = internal global [256 x i8] zeroinitializer, align 64
@wake = internal global [256 x i8] zeroinitializer, align 64
@done = internal global [256 x i8] zeroinitializer, align 64
@attributes = internal global [256 x i8] zeroinitializer, align 64
@all.signals = internal global [256 x i8] zeroinitializer, align 64
@old.signals = internal global [256 x i8] zeroinitializer, align 64
@job.f = internal global ptr null
@job.data = internal global ptr null
@job.count = internal global i64 0
@workers = internal global i64 0
@started = internal global i64 0
@owner = internal global i32 0
@busy = internal global i64 0, align 64
@next = internal global i64 0, align 64
@open = internal global i64 0, align 64
@inside = internal global i64 0, align 64
@epoch = internal global i64 0, align 64
@sleeping = internal global i64 0, align 64
@waiting = internal global i64 0, align 64

declare i32 @getpid()
declare i32 @pthread_mutex_init(ptr, ptr)
declare i32 @pthread_mutex_lock(ptr)
declare i32 @pthread_mutex_unlock(ptr)
declare i32 @pthread_cond_init(ptr, ptr)
declare i32 @pthread_cond_wait(ptr, ptr)
declare i32 @pthread_cond_signal(ptr)
declare i32 @pthread_attr_init(ptr)
declare i32 @pthread_attr_setstacksize(ptr, i64)
declare i32 @pthread_create(ptr, ptr, ptr, ptr)
declare i32 @pthread_detach(ptr)
declare i32 @pthread_sigmask(i32, ptr, ptr)
declare i32 @sigfillset(ptr)

; The pool of this process, with so many workers, which begin with the first job.
define void @letgrad_reset(i64 %workers) {
  %1 = call i32 @pthread_mutex_init(ptr @mutex, ptr null)
  %2 = call i32 @pthread_cond_init(ptr @wake, ptr null)
  %3 = call i32 @pthread_cond_init(ptr @done, ptr null)
  store i64 %workers, ptr @workers
  store i64 0, ptr @started
  store i64 0, ptr @open
  store i64 0, ptr @inside
  store i64 0, ptr @sleeping
  store i64 0, ptr @waiting
  %pid = call i32 @getpid()
  store i32 %pid, ptr @owner
  store atomic i64 0, ptr @busy seq_cst, align 8
  ret void
}

define internal void @start() {
entry:
  store i64 1, ptr @started
  %a = call i32 @pthread_attr_init(ptr @attributes)
  %b = call i32 @pthread_attr_setstacksize(ptr @attributes, i64 STACK)
  %c = call i32 @sigfillset(ptr @all.signals)
  ; Signals are for the threads of the interpreter.
  %d = call i32 @pthread_sigmask(i32 SETMASK, ptr @all.signals, ptr @old.signals)
  %n = load i64, ptr @workers
  %epoch = load atomic i64, ptr @epoch seq_cst, align 8
  %seen = inttoptr i64 %epoch to ptr
  %id = alloca ptr
  br label %head
head:
  %k = phi i64 [ 0, %entry ], [ %k.next, %keep ]
  %left = icmp ult i64 %k, %n
  br i1 %left, label %more, label %end
more:
  %k.next = add i64 %k, 1
  %failed = call i32 @pthread_create(ptr %id, ptr @attributes, ptr @worker, ptr %seen)
  %made = icmp eq i32 %failed, 0
  ; With fewer workers, there is more for each.
  br i1 %made, label %keep, label %end
keep:
  %thread = load ptr, ptr %id
  %e = call i32 @pthread_detach(ptr %thread)
  br label %head
end:
  %f = call i32 @pthread_sigmask(i32 SETMASK, ptr @old.signals, ptr null)
  ret void
}

define internal void @work() {
entry:
  %f = load ptr, ptr @job.f
  %data = load ptr, ptr @job.data
  %count = load i64, ptr @job.count
  br label %take
take:
  %k = atomicrmw add ptr @next, i64 1 seq_cst
  %more = icmp ult i64 %k, %count
  br i1 %more, label %run, label %end
run:
  call void %f(ptr %data, i64 %k)
  br label %take
end:
  ret void
}

define internal ptr @worker(ptr %given) {
entry:
  %first = ptrtoint ptr %given to i64
  br label %wait
wait:
  %seen = phi i64 [ %first, %entry ], [ %now, %leave ], [ %now, %tell ]
  br label %spin
spin:
  %n = phi i64 [ 0, %wait ], [ %n.next, %pause ]
  %e = load atomic i64, ptr @epoch seq_cst, align 8
  %same = icmp eq i64 %e, %seen
  br i1 %same, label %pause, label %found
pause:
  PAUSE
  %n.next = add i64 %n, 1
  %tired = icmp uge i64 %n.next, SPINS
  br i1 %tired, label %sleep, label %spin
sleep:
  %l1 = call i32 @pthread_mutex_lock(ptr @mutex)
  %s1 = atomicrmw add ptr @sleeping, i64 1 seq_cst
  br label %doze
doze:
  %e2 = load atomic i64, ptr @epoch seq_cst, align 8
  %same2 = icmp eq i64 %e2, %seen
  br i1 %same2, label %rest, label %awake
rest:
  %c1 = call i32 @pthread_cond_wait(ptr @wake, ptr @mutex)
  br label %doze
awake:
  %s2 = atomicrmw sub ptr @sleeping, i64 1 seq_cst
  %u1 = call i32 @pthread_mutex_unlock(ptr @mutex)
  br label %found
found:
  %now = load atomic i64, ptr @epoch seq_cst, align 8
  %i1 = atomicrmw add ptr @inside, i64 1 seq_cst
  %open = load atomic i64, ptr @open seq_cst, align 8
  %is.open = icmp ne i64 %open, 0
  br i1 %is.open, label %join, label %leave
join:
  call void @work()
  br label %leave
leave:
  %before = atomicrmw sub ptr @inside, i64 1 seq_cst
  %last = icmp eq i64 %before, 1
  %waits = load atomic i64, ptr @waiting seq_cst, align 8
  %someone = icmp ne i64 %waits, 0
  %told = and i1 %last, %someone
  br i1 %told, label %tell, label %wait
tell:
  %l2 = call i32 @pthread_mutex_lock(ptr @mutex)
  %c2 = call i32 @pthread_cond_signal(ptr @done)
  %u2 = call i32 @pthread_mutex_unlock(ptr @mutex)
  br label %wait
}

define void @letgrad_parallel(ptr %f, ptr %data, i64 %count) {
entry:
  %many = icmp ugt i64 %count, 1
  %n = load i64, ptr @workers
  %any = icmp ne i64 %n, 0
  %worth = and i1 %many, %any
  br i1 %worth, label %ask, label %alone
ask:
  %pid = call i32 @getpid()
  %owner = load i32, ptr @owner
  %ours = icmp eq i32 %pid, %owner
  br i1 %ours, label %claim, label %alone
claim:
  %pair = cmpxchg ptr @busy, i64 0, i64 1 seq_cst seq_cst
  %got = extractvalue { i64, i1 } %pair, 1
  br i1 %got, label %ready, label %alone
ready:
  store ptr %f, ptr @job.f
  store ptr %data, ptr @job.data
  store i64 %count, ptr @job.count
  store atomic i64 0, ptr @next seq_cst, align 8
  %s = load i64, ptr @started
  %fresh = icmp eq i64 %s, 0
  br i1 %fresh, label %begin, label %publish
begin:
  call void @start()
  br label %publish
publish:
  store atomic i64 1, ptr @open seq_cst, align 8
  %e = atomicrmw add ptr @epoch, i64 1 seq_cst
  %asleep = load atomic i64, ptr @sleeping seq_cst, align 8
  %rouse = icmp ne i64 %asleep, 0
  br i1 %rouse, label %wake.them, label %working
wake.them:
  %others = sub i64 %count, 1
  %fewer = icmp ult i64 %asleep, %others
  %m = select i1 %fewer, i64 %asleep, i64 %others
  %l1 = call i32 @pthread_mutex_lock(ptr @mutex)
  br label %one
one:
  %k = phi i64 [ 0, %wake.them ], [ %k.next, %one ]
  %c1 = call i32 @pthread_cond_signal(ptr @wake)
  %k.next = add i64 %k, 1
  %again = icmp ult i64 %k.next, %m
  br i1 %again, label %one, label %woken
woken:
  %u1 = call i32 @pthread_mutex_unlock(ptr @mutex)
  br label %working
working:
  call void @work()
  store atomic i64 0, ptr @open seq_cst, align 8
  br label %spin
spin:
  %t = phi i64 [ 0, %working ], [ %t.next, %pause ]
  %i = load atomic i64, ptr @inside seq_cst, align 8
  %empty = icmp eq i64 %i, 0
  br i1 %empty, label %end, label %pause
pause:
  PAUSE
  %t.next = add i64 %t, 1
  %tired = icmp uge i64 %t.next, SPINS
  br i1 %tired, label %sleep, label %spin
sleep:
  %l2 = call i32 @pthread_mutex_lock(ptr @mutex)
  store atomic i64 1, ptr @waiting seq_cst, align 8
  br label %doze
doze:
  %i2 = load atomic i64, ptr @inside seq_cst, align 8
  %empty2 = icmp eq i64 %i2, 0
  br i1 %empty2, label %awake, label %rest
rest:
  %c2 = call i32 @pthread_cond_wait(ptr @done, ptr @mutex)
  br label %doze
awake:
  store atomic i64 0, ptr @waiting seq_cst, align 8
  %u2 = call i32 @pthread_mutex_unlock(ptr @mutex)
  br label %end
end:
  store atomic i64 0, ptr @busy seq_cst, align 8
  ret void
alone:
  br label %head
head:
  %j = phi i64 [ 0, %alone ], [ %j.next, %run ]
  %left = icmp ult i64 %j, %count
  br i1 %left, label %run, label %finished
run:
  call void %f(ptr %data, i64 %j)
  %j.next = add i64 %j, 1
  br label %head
finished:
  ret void
}
"""


def pool_text(spins: int = SPINS, architecture: str = "") -> str:
    """The module of the pool, for this machine, or for another one with Linux."""
    name, pause = PAUSES.get(architecture or platform.machine(), ("", ""))
    text = f"declare void @{name}\n" + POOL if name else POOL
    return (
        text.replace("PAUSE", pause)
        .replace("SPINS", str(spins))
        .replace("STACK", str(STACK))
        .replace("SETMASK", "2" if architecture else str(int(signal.SIG_SETMASK)))
    )


def has_threads() -> bool:
    """Whether this machine has POSIX threads."""
    return os.name == "posix" and hasattr(ctypes.CDLL(None), "pthread_create")


def start_pool() -> None:
    """
    Make `letgrad_parallel` known to code that is loaded after this call. The pool lives as long as
    the process, because its threads run its code.
    """
    with _starting:
        _pool()


_starting = Lock()
"""The thread that starts the pool holds this lock: two threads may compile at the same time."""


@cache
def _pool() -> None:
    workers = thread_count() - 1
    threads = has_threads()
    # If threads share a processor, they must not wait for each other in a loop.
    spins = SPINS if workers < processors() else 1
    # LLVM's passes would double the compile time and save nothing here. Its code generator at level
    # 0 would save 6 ms more, but loops of two threads took up to 1.2 of their time on a busy
    # machine.
    text = common_code.PLAIN + (pool_text(spins) if threads else ALONE)
    machine.load_common("letgrad_parallel", text)
    machine.keep_common()
    if threads:
        address = machine.address_in_common("letgrad_reset")
        reset = ctypes.CFUNCTYPE(None, ctypes.c_int64)(address)
        reset(workers)
        # A forked child has none of its parent's threads, so it starts its own.
        os.register_at_fork(after_in_child=lambda: reset(workers))
