"""A query that writes its SELECT list at once."""

from typing import Any

import peewee

from store.core.database import statements


class Select(peewee.ModelSelect):
    """A query of peewee, which calls ten functions for each plain column of the SELECT list."""

    _is_default: bool
    _returning: tuple[Any, ...]

    def __sql_selection__(self, ctx: Any, is_subquery: bool = False) -> Any:
        if is_subquery and self._is_default:
            return super().__sql_selection__(ctx, is_subquery)
        if self._is_default:
            return ctx.literal(statements.column_list(self.model, ctx.alias_manager[self.model._meta.table]))
        with ctx(parentheses=False):
            for index, node in enumerate(self._returning):
                if index:
                    ctx.literal(", ")
                if isinstance(node, peewee.Field) and type(node).__sql__ is peewee.Field.__sql__:
                    ctx.literal(f'"{ctx.alias_manager[node.model._meta.table]}"."{node.column_name}"')
                else:
                    ctx.sql(node)
        return ctx
