"""Many arrays passed to compiled functions as one number: the address of a table of where each begins.

A compiled function that takes forty arrays takes three hundred arguments, at every call, and one that takes an array
counts who holds it, at every call. A bundle is neither: `i64(bundle, SLOT)` and its like give back the array that
stands in a slot, for nothing. The Python side keeps the arrays alive; a compiled function keeps none.
"""

from typing import Any

import numpy as np
from llvmlite import ir
from numba import carray, njit, types  # type: ignore[attr-defined]
from numba.core import cgutils
from numba.extending import intrinsic

_ANY = 1 << 60
"""An array taken from a slot does not know its length: who reads it does."""


class Bundle:
    """Arrays by slot; `address` goes to the compiled functions while the bundle lives."""

    def __init__(self, arrays: dict[int, Any]) -> None:
        """Hold contiguous `arrays` by slot."""
        self._arrays = {slot: np.ascontiguousarray(array) for slot, array in arrays.items()}
        self._table = np.zeros(max(arrays) + 1, dtype=np.int64)
        for slot, array in self._arrays.items():
            self._table[slot] = array.ctypes.data

    @property
    def address(self) -> int:
        """Where the table of addresses stands."""
        return self._table.ctypes.data

    def __len__(self) -> int:
        """Return how many slots there are, empty ones among them."""
        return len(self._table)

    def put(self, slot: int, array: Any) -> None:
        """Put an array into a slot, in the place of the one that stands there; not while a compiled function runs."""
        self._arrays[slot] = np.ascontiguousarray(array)
        self._table[slot] = self._arrays[slot].ctypes.data

    def __getitem__(self, slot: int) -> Any:
        """Return the array in a slot."""
        return self._arrays[slot]


def _take_address(typing_context: Any, address: Any) -> Any:  # noqa: ARG001 - the signature is the library's
    """Take a number as an address."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:  # noqa: ARG001
        return builder.inttoptr(arguments[0], ir.IntType(8).as_pointer())

    return types.voidptr(types.int64), generate


def _take_slot(typing_context: Any, bundle: Any, slot: Any) -> Any:  # noqa: ARG001 - the signature is the library's
    """Take the address in a slot; the compiler may keep it, for nobody writes to the table meanwhile."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:  # noqa: ARG001
        table = builder.inttoptr(arguments[0], ir.IntType(8).as_pointer().as_pointer())
        address = builder.load(builder.gep(table, [arguments[1]]))
        address.set_metadata("invariant.load", builder.module.add_metadata([]))
        return address

    return types.voidptr(types.int64, types.int64), generate


def _bring(typing_context: Any, address: Any) -> Any:  # noqa: ARG001 - the signature is the library's
    """Ask for the memory at an address, to be read soon."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:  # noqa: ARG001
        number = ir.IntType(32)
        pointer = ir.IntType(8).as_pointer()
        kind = ir.FunctionType(ir.VoidType(), [pointer, number, number, number])
        prefetch = cgutils.get_or_insert_function(  # type: ignore[no-untyped-call]
            builder.module, kind, "llvm.prefetch.p0"
        )
        place = builder.inttoptr(arguments[0], pointer)
        builder.call(prefetch, [place, number(0), number(3), number(1)])
        return context.get_dummy_value()

    return types.none(types.int64), generate


_pointer: Any = intrinsic(_take_address)
_prefetch: Any = intrinsic(_bring)
_slot: Any = intrinsic(_take_slot)


@njit(cache=True, nogil=True)
def lent(array):  # type: ignore[no-untyped-def]
    """Return the same array as one that nobody counts; the caller keeps the array itself alive."""
    return carray(_pointer(array.ctypes.data), array.shape, array.dtype)


@njit(cache=True, nogil=True)
def ahead(array, at):  # type: ignore[no-untyped-def]
    """Have an item brought that is read soon: where the next one stands is worked out while this one comes."""
    _prefetch(array.ctypes.data + at * array.itemsize)


@njit(cache=True, nogil=True)
def i64_shaped(bundle, slot, shape):  # type: ignore[no-untyped-def]
    """Return the int64 array in a slot with its shape."""
    return carray(_slot(bundle, slot), shape, np.int64)


@njit(cache=True, nogil=True)
def i64(bundle, slot):  # type: ignore[no-untyped-def]
    """Return the int64 array in a slot."""
    return carray(_slot(bundle, slot), _ANY, np.int64)


@njit(cache=True, nogil=True)
def u32(bundle, slot):  # type: ignore[no-untyped-def]
    """Return the uint32 array in a slot."""
    return carray(_slot(bundle, slot), _ANY, np.uint32)


@njit(cache=True, nogil=True)
def u64(bundle, slot):  # type: ignore[no-untyped-def]
    """Return the uint64 array in a slot."""
    return carray(_slot(bundle, slot), _ANY, np.uint64)


@njit(cache=True, nogil=True)
def u8(bundle, slot):  # type: ignore[no-untyped-def]
    """Return the uint8 array in a slot."""
    return carray(_slot(bundle, slot), _ANY, np.uint8)
