"""Changed copies of values with many fields: a replay of a hundred thousand tickets makes millions of them."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    # The type checker looks at each name and type, as it does for the one of the standard library.
    from dataclasses import replace
else:

    def replace(value: Any, /, **changes: Any) -> Any:
        """``dataclasses.replace``, but it copies what stays as a whole instead of naming it anew: some ten times as fast.

        For dataclasses without slots and without ``__post_init__``; any other goes the usual way.

        Raises:
            TypeError: a name that is no field.
        """
        own = getattr(value, "__dict__", None)
        if own is None or hasattr(value, "__post_init__"):
            return dataclasses.replace(value, **changes)
        if not changes.keys() <= own.keys():
            raise TypeError(f"{type(value).__name__} has no {', '.join(sorted(changes.keys() - own.keys()))}")
        made = object.__new__(type(value))
        made.__dict__.update(own)
        made.__dict__.update(changes)
        return made


__all__ = ["replace"]
