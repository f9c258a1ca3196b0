"""No plan, drawn or hostile, publishes anything but what the grammar writes of claims that are true."""

# ruff: noqa: E501 - sentences are kept whole
from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.core.errors import NarrativeError
from pipeline.core.paths import ROOT
from pipeline.narrate.claims import Claim
from pipeline.narrate.editor import edit, place_of
from pipeline.narrate.grammar import WORDINGS, can_stand, head, joins, tail
from pipeline.narrate.paragraph import realise
from pipeline.narrate.prompt import FRAME, MAX_TOKENS, most_tokens, question_of, with_schema
from pipeline.narrate.text_plan import MOST_JOINED, MOST_SENTENCES, PlannedSentence, TextPlan, check_plan
from tests.narrate.samples import BY_ID, DAY, SAMPLES, TELLS, claim

IDS = st.sampled_from([*BY_ID, "compare.demand.yesterday", "", "value.demand'; DROP TABLE claim", "<script>"])
PLANS = st.builds(
    TextPlan,
    st.lists(st.builds(PlannedSentence, st.lists(IDS, max_size=5).map(tuple), st.integers(0, WORDINGS - 1)), max_size=9).map(
        tuple
    ),
    IDS,
)  # fmt: skip


def clauses_of(sample: Claim) -> set[str]:
    """Return every clause that the grammar has for a claim, in lower case."""
    ways = [head(sample, number) for number in range(WORDINGS)]
    if sample.kind in ("comparison", "rank", "run") and joins_any(sample):
        ways += [tail(sample, number) for number in range(WORDINGS)]
    return {way.lower() for way in ways}


def joins_any(sample: Claim) -> bool:
    """Return whether a claim may follow some other."""
    return any(joins(other, sample) for other in SAMPLES)


@given(PLANS)
def test_a_plan_is_dull_or_true(plan: TextPlan) -> None:
    """What is left of a plan are known claims, each once; its text is clauses of the grammar, dates and full stops."""
    checked = check_plan(plan, SAMPLES)
    told = checked.plan.claims
    assert set(told) <= set(BY_ID) and len(told) == len(set(told))
    assert len(checked.plan.sentences) <= MOST_SENTENCES
    asked = [name for sentence in plan.sentences for name in sentence.claims]
    assert checked.unknown == sum(name not in BY_ID for name in [*asked, *filter(None, [plan.headline])])
    text = realise(checked.plan, SAMPLES)
    for sentence, planned in zip(text.sentences, checked.plan.sentences, strict=True):
        assert 1 <= len(planned.claims) <= MOST_JOINED and can_stand(BY_ID[planned.claims[0]])
        left = sentence.text[:-1].lower()
        for name in planned.claims:
            clause = max((c for c in clauses_of(BY_ID[name]) if c in left), key=len, default="")
            assert clause, (name, left)
            left = left.replace(clause, "", 1)
        assert not left or left.removesuffix(", ").startswith(("el ", "en ")), left
    assert checked.plan.headline in (*told, "")


@given(
    st.recursive(st.none() | st.integers() | st.text(), lambda kids: st.lists(kids) | st.dictionaries(st.text(), kids))
)
def test_any_document_is_a_plan_or_nothing(document: object) -> None:
    """JSON of any shape is read without a fault; what is no plan is an empty one."""
    wrapped = {"sentences": document, "headline": document}
    assert isinstance(TextPlan.of(wrapped), TextPlan)
    assert TextPlan.of({"sentences": [{"claims": ["a"], "wording": 99}]}).sentences[0].wording == 0


def test_what_repeats_is_left_out() -> None:
    """A claim twice is told once; a contrast and its half are not both told; a value that a card shows is no sentence."""
    half = claim("compare.inflows.week", "comparison", "los aportes de los ríos", {"value": 1, "change": 1, "span": 7})
    names = ("contrast.reserves_inflows", half.id, "value.demand", "compare.demand.week", "compare.demand.week")
    asked = TextPlan(tuple(PlannedSentence((name,)) for name in names))
    checked = check_plan(asked, [*SAMPLES, half])
    assert checked.plan.claims == ("contrast.reserves_inflows", "compare.demand.week")


def test_one_whole_date_in_a_text() -> None:
    """The year stands once; a day is named where it changes, and not where a clause names its own."""
    names = (
        "compare.demand.week",
        "threshold.hsin",
        "event.record.price.high",
        "compare.price.year",
        "forecast.demand",
    )
    text = realise(TextPlan(tuple(PlannedSentence((n,)) for n in names)), SAMPLES)
    starts = [sentence.text.split(",")[0] for sentence in text.sentences]
    assert starts[0] == f"El 26 de noviembre de {DAY.year}"
    assert starts[1].startswith("Los aportes") and starts[2] == "El 18 de noviembre"
    assert starts[3] == "El 26 de noviembre" and starts[4].startswith("Para los siete días")
    assert text.paragraphs[0] == text.sentences[0].text and len(text.paragraphs) == 2


def test_the_rules_answer_the_question_first() -> None:
    """What the board asks for first leads; the same claims give the same plan; at most five sentences, one of the week ahead."""
    plan = edit(SAMPLES, TELLS)
    assert plan == edit(tuple(reversed(SAMPLES)), TELLS)
    assert plan.sentences[0].claims[0] == "threshold.scarcity_hours" == plan.headline
    assert 3 <= len(plan.sentences) <= 5
    kinds = [BY_ID[s.claims[0]].kind for s in plan.sentences]
    assert kinds.count("forecast") <= 1 and kinds.count("contrast") <= 1 and "value" not in kinds
    assert place_of(BY_ID["compare.demand.week"], TELLS) == 2
    assert place_of(BY_ID["event.state"], TELLS) is None


def test_yesterdays_news_weighs_less() -> None:
    """Of two claims that weigh the same, the one that yesterday's text did not tell comes first."""
    one = claim(
        "compare.a.week",
        "comparison",
        "la a",
        {"value": 1, "change": 5, "span": 1},
        {"basis": "el lunes", "against": "week"},
    )
    two = claim(
        "compare.b.week",
        "comparison",
        "la b",
        {"value": 1, "change": 5, "span": 1},
        {"basis": "el lunes", "against": "week"},
    )
    assert edit([one, two], ()).headline == one.id
    assert edit([one, two], (), [one.id]).headline == two.id


def test_the_prompt_is_short_and_its_keys_group_what_joins() -> None:
    """Below the cap of a board, with the shape spelled out or not; keys of one letter may share a sentence."""
    many = [*SAMPLES, *(claim(f"compare.s{i}.week", "comparison", "la serie " + "x" * 60, {"value": 1, "change": 5, "span": 1},
                              {"basis": "el lunes", "against": "week"}) for i in range(80))]  # fmt: skip
    asked = question_of(
        "Inicio", "¿Cómo está hoy?", many, ROOT / "templates", tells=TELLS, before=["compare.demand.week"]
    )
    for messages in (asked.messages, with_schema(asked, ROOT / "templates")):
        assert FRAME + sum(most_tokens(message["content"]) for message in messages) <= MAX_TOKENS
    assert len(asked.keys) >= 10
    few = question_of("Inicio", "¿Cómo está hoy?", SAMPLES[:4], ROOT / "templates")
    assert '"enum"' in with_schema(few, ROOT / "templates")[0]["content"], "there is room for the shape"
    letters = {identity: key[0] for key, identity in asked.keys.items()}
    assert letters["compare.demand.week"] == letters["compare.demand.year"] != letters["compare.price.year"]
    assert "* la demanda" in asked.messages[1]["content"]


@pytest.mark.parametrize(
    ("text", "counted"),
    [
        # with the vocabularies of gpt-oss, GPT-4, GPT-2, Llama 3 and Llama 2
        ('El 26 de noviembre de 2026, el precio promedio de bolsa se situó en 945 COP/kWh, el equivalente a 7,7 veces el valor del jueves comparable de 2025 y un 27,5 % por debajo del jueves de la semana anterior.', (58, 65, 70, 67, 82)),
        ('c3 8* El índice oceánico de El Niño (ONI) se ubicó en 1,4 °C, con cuatro trimestres seguidos en 0,5 °C o más; la NOAA habla de El Niño a partir de cinco trimestres seguidos en ese nivel', (62, 69, 79, 71, 70)),
        ('Los últimos días dónde está más líquido el índice útil según dónde: Chuza, Topocoro, Urrá I, Miel I, Esmeralda, TEBSAB, Termoflores 4, PRC3, ENFICC de 244,7 GWh y 1.236.784 MBTU', (67, 75, 93, 77, 87)),
        ('{"type": "object", "properties": {"headline": {"type": "string", "enum": ["a1", "a2", "b1", "c1"]}, "sentences": {"type": "array"}}, "additionalProperties": false}', (55, 55, 58, 57, 58)),
        ('Eres el editor de un portal de datos de electricidad. Eliges y ordenas frases que ya están escritas y comprobadas; no escribes ninguna.\n\nResponde solo con un objeto JSON:\n{"headline": "a1", "sentences": [{"claims": ["a1", "a2"], "wording": 0}]}\n', (70, 73, 88, 75, 85)),
    ],
)  # fmt: skip
def test_no_vocabulary_makes_more_tokens_than_are_counted(text: str, counted: tuple[int, ...]) -> None:
    """Dates and figures, names and accents, JSON: the count holds for every vocabulary, without any of them."""
    assert max(counted) <= most_tokens(text) <= 3 * min(counted)


@pytest.mark.parametrize(
    "wrap",
    ["{}", "```json\n{}\n```", "<think>a plan {{ }}</think>\n{}", "Aquí está:\n{}\nListo.", "<think>x</think>```{}```"],
)
def test_fences_and_thoughts_are_stripped(wrap: str) -> None:
    """The plan is found whatever stands around it."""
    asked = question_of("T", "¿?", SAMPLES, ROOT / "templates")
    key = next(iter(asked.keys))
    document = json.dumps({"headline": key, "sentences": [{"claims": [key, "zz9"], "wording": 2}]})
    plan = asked.plan(wrap.replace("{}", document, 1))
    assert plan.sentences[0] == PlannedSentence((asked.keys[key], "?zz9"), 2)
    assert plan.headline == asked.keys[key]


@pytest.mark.parametrize(
    "reply", ["", "Lo siento.", "{", "}{", "[1]", "{" * 5000, "x" * 20_000, "<think>{}", '{"a": NaN']
)
def test_what_holds_no_plan_is_refused(reply: str) -> None:
    """Nothing, prose, broken or endless JSON: an error that the stage answers with its own plan."""
    with pytest.raises(NarrativeError):
        question_of("T", "¿?", SAMPLES, ROOT / "templates").plan(reply)
