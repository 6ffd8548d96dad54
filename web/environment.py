"""The strict template environment, one per language.

A name that a template uses and nobody gave is an error (StrictUndefined), everything is escaped, and all sentences go
through gettext with Dutch as the source.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template, nodes
from jinja2.environment import TemplateModule
from jinja2.visitor import NodeTransformer
from markupsafe import Markup

from web import filters, manifest, messages, texts
from web.frame import Frame
from web.help_lines import help_lines

TEMPLATES = Path(__file__).parent / "templates"
# Controls, surrogates and the two code points that mean nothing: a validator calls them errors.
NOT_IN_HTML = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")

# The frame of the page that is being made, so that macros (which see no context) can make links and the csrf field.
_frame: ContextVar[Frame] = ContextVar("frame")


class _Page(Template):
    """A template whose macros are made once: they know no page, and all share the names of the environment."""

    def _get_default_module(self, ctx: object = None) -> TemplateModule:
        return super()._get_default_module()


class _Translated(NodeTransformer):
    """Puts the sentence itself where a template asks for one that takes no value."""

    def __init__(self, gettext: Callable[[str], str]) -> None:
        self._gettext = gettext

    def visit_Call(self, node: nodes.Call) -> nodes.Node:  # noqa: N802  # the visitor's name for it
        """Translate `_("…")`; `%%` becomes `%`, as in every sentence."""
        self.generic_visit(node)
        match node:
            case nodes.Call(
                node=nodes.Name(name="_" | "gettext"),
                args=[nodes.Const(value=str(said))],
                kwargs=[],
                dyn_args=None,
                dyn_kwargs=None,
            ):
                return nodes.Const(Markup(self._gettext(said)) % {}, lineno=node.lineno)  # noqa: S704  # ours
        return node


class TranslatedEnvironment(Environment):
    """Jinja that works out once, when it compiles a template, what is the same on every page of a language."""

    template_class = _Page

    def __init__(self, gettext: Callable[[str], str], **options: Any) -> None:
        """gettext: how this language says a sentence. options: those of jinja2.Environment."""
        super().__init__(**options)
        self._gettext = gettext

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        tree = super()._parse(source, name, filename)
        _Translated(self._gettext).visit(tree)
        return tree


@cache
def environment(lang: str) -> Environment:
    """Return the environment of one language. lang is one of `web.frame.LANGUAGES`."""
    catalogue = messages.catalogue(lang)
    made = TranslatedEnvironment(
        catalogue.gettext,
        loader=FileSystemLoader(TEMPLATES),
        undefined=StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
        auto_reload=False,
    )
    made.install_gettext_callables(  # type: ignore[attr-defined]  # the i18n extension adds it while running
        catalogue.gettext, catalogue.ngettext, newstyle=True, pgettext=catalogue.pgettext
    )
    made.filters.update(filters.for_language(lang))
    made.globals.update(
        asset=manifest.address,
        icon_address=manifest.icon_address,
        link=_link,
        csrf_field=_csrf_field,
        current_frame=_frame.get,
        help_lines=help_lines(),
        refusal_keys=texts.refusal_keys,
        text_keys=texts.keys,
        text=lambda key, **args: texts.text(key, lang, **args),
    )
    return made


def render(template: str, context: Mapping[str, object], frame: Frame) -> str:
    """Fill one template for one frame, without characters that no page may hold: what was typed may have them.

    Raises jinja2.UndefinedError when a name is missing.
    """
    token = _frame.set(frame)
    try:
        filled = environment(frame.lang).get_template(template).render(**MappingProxyType(dict(context)), frame=frame)
        return NOT_IN_HTML.sub("", filled)
    finally:
        _frame.reset(token)


def _link(path: str) -> str:
    return _frame.get().link(path)


def _csrf_field() -> Markup:
    """Return the hidden field that every form of a guarded page carries; nothing where there is no visit or login."""
    csrf = _frame.get().csrf
    return Markup('<input type="hidden" name="csrf" value="{}">').format(csrf) if csrf else Markup("")
