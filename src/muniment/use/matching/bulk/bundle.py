"""Many arrays passed to compiled functions as one number: the address of a table of where each begins.

A compiled function that takes forty arrays takes three hundred arguments, at every call, and one that takes an array
counts who holds it, at every call. A bundle is neither: `i64(bundle, SLOT)` and its like give back the array that
stands in a slot, for nothing. What comes back is no more than where its items begin: it has no length, counts nobody
who holds it, and an index is not looked at to see whether it is below nought. The Python side keeps the arrays alive.
"""

from typing import Any

import numpy as np
from llvmlite import ir
from numba import carray, njit, types  # type: ignore[attr-defined]
from numba.core import cgutils
from numba.extending import intrinsic


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


def _slot_of(item: Any) -> Any:
    """Return what takes the array of such items from a slot; nobody writes to the table while a function runs."""

    def take(typing_context: Any, bundle: Any, slot: Any) -> Any:  # noqa: ARG001 - the signature is the library's
        """Take what stands in a slot."""

        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            table = builder.inttoptr(arguments[0], ir.IntType(8).as_pointer().as_pointer())
            address = builder.load(builder.gep(table, [arguments[1]]))
            address.set_metadata("invariant.load", builder.module.add_metadata([]))
            return builder.bitcast(address, context.get_value_type(signature.return_type))

        return types.CPointer(item)(types.int64, types.int64), generate  # type: ignore[no-untyped-call]

    return intrinsic(take)


def _lend(typing_context: Any, array: Any) -> Any:  # noqa: ARG001 - the signature is the library's
    """Take where the items of an array begin."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return context.make_array(signature.args[0])(context, builder, arguments[0]).data

    return types.CPointer(array.dtype)(array), generate  # type: ignore[no-untyped-call]


def _move(typing_context: Any, items: Any, at: Any) -> Any:  # noqa: ARG001 - the signature is the library's
    """Take where an item stands."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:  # noqa: ARG001
        return builder.gep(arguments[0], [arguments[1]])

    return items(items, types.int64), generate


def _bring(typing_context: Any, items: Any, at: Any) -> Any:  # noqa: ARG001 - the signature is the library's
    """Ask for the memory of an item, to be read soon."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:  # noqa: ARG001
        number = ir.IntType(32)
        pointer = ir.IntType(8).as_pointer()
        kind = ir.FunctionType(ir.VoidType(), [pointer, number, number, number])
        prefetch = cgutils.get_or_insert_function(  # type: ignore[no-untyped-call]
            builder.module, kind, "llvm.prefetch.p0"
        )
        place = builder.bitcast(builder.gep(arguments[0], [arguments[1]]), pointer)
        builder.call(prefetch, [place, number(0), number(3), number(1)])
        return context.get_dummy_value()

    return types.none(items, types.int64), generate


_lent: Any = intrinsic(_lend)
_moved: Any = intrinsic(_move)
_brought: Any = intrinsic(_bring)
_i64, _u32, _u64, _u8 = (_slot_of(item) for item in (types.int64, types.uint32, types.uint64, types.uint8))


@njit(cache=True, nogil=True)
def lent(array):  # type: ignore[no-untyped-def]
    """Return the items of an array as a slot gives them; the caller keeps the array itself alive."""
    return _lent(array)


@njit(cache=True, nogil=True)
def moved(items, at):  # type: ignore[no-untyped-def]
    """Return the items from one on: the first of them is `items[at]`."""
    return _moved(items, at)


@njit(cache=True, nogil=True)
def ahead(items, at):  # type: ignore[no-untyped-def]
    """Have an item brought that is read soon: where the next one stands is worked out while this one comes."""
    _brought(items, at)


@njit(cache=True, nogil=True)
def i64_shaped(bundle, slot, shape):  # type: ignore[no-untyped-def]
    """Return the int64 array in a slot with its shape."""
    return carray(_i64(bundle, slot), shape)


@njit(cache=True, nogil=True)
def i64(bundle, slot):  # type: ignore[no-untyped-def]
    """Return the int64 array in a slot."""
    return _i64(bundle, slot)


@njit(cache=True, nogil=True)
def u32(bundle, slot):  # type: ignore[no-untyped-def]
    """Return the uint32 array in a slot."""
    return _u32(bundle, slot)


@njit(cache=True, nogil=True)
def u64(bundle, slot):  # type: ignore[no-untyped-def]
    """Return the uint64 array in a slot."""
    return _u64(bundle, slot)


@njit(cache=True, nogil=True)
def u8(bundle, slot):  # type: ignore[no-untyped-def]
    """Return the uint8 array in a slot."""
    return _u8(bundle, slot)
