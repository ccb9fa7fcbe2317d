"""Answers (表单内容): what a customer typed into the form of a service. Pure."""

from collections.abc import Mapping, Sequence

from store.appointments.services import FormField
from store.core import errors, input_limits

MAX_LENGTH = 200
Answers = list[dict[str, str]]


def check_answers(form: Sequence[Mapping[str, object]], typed: Mapping[str, str]) -> Answers:
    """Return the answers in the order of a form, without empty ones. Raises DomainError(invalid)."""
    fields = [FormField.model_validate(one) for one in form]
    unknown = sorted(set(typed) - {field.label for field in fields})
    if unknown:
        raise errors.invalid("answers", f"没有“{unknown[0][:20]}”这一项")
    found = [(field, _check(field, typed.get(field.label, "").strip())) for field in fields]
    return [{"label": field.label, "value": value} for field, value in found if value]


def _check(field: FormField, value: str) -> str:
    if not value:
        if field.is_required:
            raise errors.invalid("answers", f"请填写{field.label}")
        return ""
    if field.kind == "number" and not (value.isascii() and value.isdigit() and len(value) <= 9):
        raise errors.invalid("answers", f"{field.label}应为数字")
    if field.kind == "choice" and value not in field.options:
        raise errors.invalid("answers", f"请选择{field.label}")
    if "\n" in value or "\r" in value:
        raise errors.invalid("answers", f"{field.label}应为一行文字")
    return input_limits.check_line(value, field="answers", max_length=MAX_LENGTH)
