"""Pages: the calculator. Cause or charge, facts and dates in; outcome, reasons and what is missing out."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from app.errors import AppError
from app.law.screening import today
from app.law.statutes import law
from app.screening.routes import Asked
from app.screening.service import screen_case
from app.web import case_form
from app.web.findings import result
from app.web.given import Given, Problems, validated
from app.web.pages import render
from app.web.session import SentForm, SignedIn

router = APIRouter(prefix="/law/calculator")


@router.get("")
async def calculator(who: SignedIn, cause: str = "") -> HTMLResponse:
    """The form; `cause` is a cause of action or, as `charge:214`, a charge."""
    given = case_form.with_implied(Given([("cause", cause)]))
    async with who.acting() as tx:
        return await who.page(
            tx,
            "law/calculator.html",
            given=given,
            problems=Problems(),
            causes=case_form.causes_by_line(tx.actor.line),
            charges={f"charge:{one.charge}": one for one in law().charges.values() if one.applies_to},
            **_questions(given),
            **_calculated(given),
        )


@router.post("/facts")
async def facts(form: SentForm) -> HTMLResponse:
    """The questions of what was chosen; what is typed already stays."""
    given = case_form.with_implied(Given.typed(form))
    answer = render("cases/facts.html", given=given, problems=Problems(), **_questions(given))
    answer.headers["HX-Trigger-After-Settle"] = "facts-shown"
    return answer


@router.post("/result")
async def calculate(form: SentForm) -> HTMLResponse:
    """What screening says of what stands in the form; nothing is stored."""
    return render("cases/screening.html", **_calculated(Given.typed(form)))


def _questions(given: Given) -> dict[str, Any]:
    chosen = case_form.asked_for(given.one("cause"))
    return {
        "fields": case_form.fact_fields(given),
        "no_charge": chosen is not None and not chosen.charges,
        "facts_address": "/law/calculator/facts",
    }


def _calculated(given: Given) -> dict[str, Any]:
    if case_form.asked_for(given.one("cause")) is None:
        return {"result": None, "wrong": []}
    asked = {
        "act_end_date": given.text("act_end_date"),
        "decided_on": given.text("decided_on"),
        "facts": case_form.facts_given(given),
    }
    try:
        said = validated(Asked, asked)
        found = screen_case(None, said.facts, (), said.act_end_date, said.decided_on or today())
    except AppError as error:
        labels = {**case_form.labels(given), "decided_on": "适用法律之日"}
        wrong = [f"{labels.get(one.field, '')}：{one.detail}" for one in error.errors]
        return {"result": None, "wrong": wrong or [error.detail]}
    return {"result": result(found.screening.as_json()), "wrong": []}
