"""Which codes the package's source can hand to the words, read off the source itself."""

from __future__ import annotations

import ast
from collections.abc import Container, Iterator
from dataclasses import dataclass, field
from functools import cache
from itertools import product
from pathlib import Path

import posture

PACKAGE = Path(posture.__file__).parent
Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass
class Found:
    """Codes, and the expressions that the source alone cannot resolve."""

    codes: set[str] = field(default_factory=set)
    open_ends: set[str] = field(default_factory=set)

    def add(self, other: Found) -> None:
        self.codes |= other.codes
        self.open_ends |= other.open_ends


@cache
def modules() -> tuple[Module, ...]:
    """Every module of the package but the one that only passes its callers' codes on."""
    paths = sorted(PACKAGE.rglob("*.py"))
    return tuple(Module(ast.parse(p.read_text("utf-8"))) for p in paths if p.name != "errors.py")


@cache
def handed_to(*names: str) -> Found:
    """What the calls of these functions are given first, in the whole package."""
    found = Found()
    for module in modules():
        for call in module.calls(names):
            if call.args:
                found.add(module.codes_of(call.args[0]))
    return found


class Module:
    """One module's tree, with what is needed to follow a name back to its strings."""

    def __init__(self, tree: ast.Module) -> None:
        self.tree = tree
        self._parents: dict[ast.AST, ast.AST] = {}
        self._calls: list[ast.Call] = []
        for node in ast.walk(tree):
            self._parents |= dict.fromkeys(ast.iter_child_nodes(node), node)
            if isinstance(node, ast.Call):
                self._calls.append(node)

    def calls(self, names: Container[str]) -> Iterator[ast.Call]:
        return (node for node in self._calls if called(node) in names)

    def codes_of(self, node: ast.expr) -> Found:
        """Follow an expression to the strings it may be."""
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            return Found(codes={node.value})
        if isinstance(node, ast.Name):
            return self._codes_of_name(node)
        if isinstance(node, ast.JoinedStr):
            return self._put_together(node)
        parts = self._parts(node)
        found = Found(open_ends=set() if parts else {ast.unparse(node)})
        for part in parts:
            found.add(self.codes_of(part))
        return found

    def _put_together(self, node: ast.JoinedStr) -> Found:
        """Every text that the pieces of an f-string can make."""
        pieces = [
            self.codes_of(part.value if isinstance(part, ast.FormattedValue) else part)
            for part in node.values
        ]
        found = Found(codes={"".join(one) for one in product(*(p.codes for p in pieces))})
        for piece in pieces:
            found.open_ends |= piece.open_ends
        return found

    def _parts(self, node: ast.expr) -> list[ast.expr]:
        """Return the expressions of which this one is any."""
        match node:
            case ast.IfExp(body=body, orelse=other):
                return [body, other]
            case ast.Tuple(elts=parts) | ast.List(elts=parts) | ast.Dict(values=parts):
                return parts
            case ast.Subscript(value=ast.Name() | ast.Tuple() | ast.Dict() as table):
                return [table]
            case ast.Call(func=ast.Attribute(value=table, attr="get"), args=[_, default]):
                return [table, default]
            case ast.Call(func=ast.Name(id=name)):
                lines = [line for f in self._functions(name) for line in ast.walk(f)]
                return [r.value for r in lines if isinstance(r, ast.Return) and r.value]
        return []

    def _functions(self, name: str) -> list[Function]:
        return [
            node for node in ast.walk(self.tree) if isinstance(node, Function) and node.name == name
        ]

    def _around(self, node: ast.AST) -> Function | None:
        while node in self._parents:
            node = self._parents[node]
            if isinstance(node, Function):
                return node
        return None

    def _codes_of_name(self, node: ast.Name) -> Found:
        """A parameter leads to the callers, a variable to what it was set to."""
        function = self._around(node)
        found = Found()
        if function is not None:
            names = [arg.arg for arg in (*function.args.posonlyargs, *function.args.args)]
            if node.id in names:
                place = names.index(node.id) - (names[0] in {"self", "cls"})
                for call in self.calls({function.name}):
                    if len(call.args) > place:
                        found.add(self.codes_of(call.args[place]))
                return found if found.codes else Found(open_ends={node.id})
        values = [*self._values(node.id, function or self.tree)]
        values = values or [*self._values(node.id, self.tree)]
        for value in values:
            found.add(self.codes_of(value))
        return found if values else Found(open_ends={node.id})

    def _values(self, name: str, inside: ast.AST) -> Iterator[ast.expr]:
        for node in ast.walk(inside):
            match node:
                case ast.Assign(targets=[ast.Name(id=target)], value=value) if target == name:
                    yield value
                case ast.AnnAssign(target=ast.Name(id=target), value=ast.expr() as value) if (
                    target == name
                ):
                    yield value
                case ast.For(target=ast.Tuple(elts=targets), iter=over):
                    place = [getattr(t, "id", "") for t in targets]
                    if name in place:
                        yield from self._columns(over, place.index(name), inside)

    def _columns(self, over: ast.expr, place: int, inside: ast.AST) -> Iterator[ast.expr]:
        """The same place of every row that a loop goes over, rows added later included."""
        rows: list[ast.expr] = []
        if isinstance(over, ast.Name):
            for value in self._values(over.id, inside):
                rows += value.elts if isinstance(value, ast.List | ast.Tuple) else []
            for node in ast.walk(inside):
                match node:
                    case ast.Call(
                        func=ast.Attribute(value=ast.Name(id=target), attr="insert" | "append"),
                        args=[*_, row],
                    ) if target == over.id:
                        rows.append(row)
        elif isinstance(over, ast.List | ast.Tuple):
            rows += over.elts
        for row in rows:
            if isinstance(row, ast.Tuple) and len(row.elts) > place:
                yield row.elts[place]


def called(call: ast.Call) -> str:
    """The name of the function a call names, without what it belongs to."""
    return getattr(call.func, "id", None) or getattr(call.func, "attr", None) or ""
