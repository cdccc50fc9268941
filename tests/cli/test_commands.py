"""Each command does what its help promises, in both forms: text for people, one JSON object for programs."""

import json

import pytest

from symgrad.cli.main import COMMANDS, run


def said(capfd, *arguments, code=0):
    assert run(list(arguments)) == code
    return capfd.readouterr().out


def as_json(capfd, *arguments, code=0):
    record = json.loads(said(capfd, *arguments, "--json", code=code))
    assert record["schema"].startswith("symgrad/")
    return record


@pytest.fixture(autouse=True)
def _inside(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")


def test_every_command_has_its_file():
    from symgrad.cli.main import application

    assert all(application.get_command(None, name).name == name for name in COMMANDS)


@pytest.mark.parametrize(
    ("formula", "derivative"),
    [
        ("1/(1+e^(-x))", "e^(−x)/(1 + e^(−x))²"),
        ("sigmoid(x)", "sigmoid(x)·(1 − sigmoid(x))"),
        ("e^(-x^2)", "−2x e^(−x²)"),
        ("x^x", "x^x·(ln(x) + 1)"),
        ("|x|", "sign(x)"),
        ("tanh(x/2)", "(1 − tanh²(x/2))/2"),
    ],
)
def test_diff_ends_as_a_lecturer_would(capfd, formula, derivative):
    assert as_json(capfd, "diff", formula)["text"] == derivative


def test_gradient_lists_the_partial_derivatives(capfd):
    record = as_json(capfd, "gradient", "x^2 y + y^3")
    assert record["variable"] == ["x", "y"]
    assert record["derivative"] == ["2*x*y", "x**2 + 3*y**2"]
    assert as_json(capfd, "gradient", "x^2 y + y^3", "--order", "2")["derivative"] == [
        ["2*y", "2*x"],
        ["2*x", "6*y"],
    ]


def test_gradient_of_one_variable_is_a_list_of_one(capfd):
    assert as_json(capfd, "gradient", "x^2")["derivative"] == ["2*x"]


@pytest.mark.parametrize("form", ["text", "line", "latex", "markdown", "html"])
@pytest.mark.parametrize("level", ["answer", "rules", "full", "why"])
def test_diff_in_each_format_at_each_level(capfd, form, level):
    assert "sin" in said(capfd, "diff", "x^2 sin x", "--format", form, "--level", level)


def test_explain_input_shows_both_readings(capfd):
    text = said(capfd, "diff", "1/2x", "--explain-input")
    assert "(1/2)*x" in text.replace(" ", "")
    assert "1/(2*x)" in text.replace(" ", "")


def test_descend_tells_table_reason_and_law(capfd):
    text = said(capfd, "descend", "|x| - 2/3 sin(3|x|/2)", "--start", "x=3", "--rate", "0.5", "--steps", "7", code=1)
    assert "2.39" in text
    assert "16/(9k)" in text


def test_descend_as_json(capfd):
    record = as_json(capfd, "descend", "69/4 (w+1)^2", "--start", "w=3", "--rate", "2/69")
    assert record["converged"] is True
    assert record["best"]["point"] == {"w": -1.0}


def test_descend_draws_its_path(capfd, tmp_path):
    said(capfd, "descend", "x^2", "--start", "x=3", "--rate", "0.2", "--plot", "run.svg")
    assert (tmp_path / "run.svg").read_text(encoding="utf-8").startswith("<?xml")


def test_plot_writes_a_picture_and_says_what_it_shows(capfd, tmp_path):
    record = as_json(capfd, "plot", "x^2", "-o", "curve.png")
    assert (tmp_path / "curve.png").read_bytes().startswith(b"\x89PNG")
    assert "minimum" in record["alt"]


def test_plot_overwrites_only_when_asked(capfd, tmp_path):
    (tmp_path / "curve.png").write_text("mine")
    assert run(["plot", "x^2", "-o", "curve.png"]) == 2
    assert (tmp_path / "curve.png").read_text() == "mine"
    assert run(["plot", "x^2", "-o", "curve.png", "--force"]) == 0
    capfd.readouterr()


@pytest.mark.parametrize("name", ["curve.bmp", "nowhere/curve.png", "curve"])
def test_plot_refuses_a_bad_file_name_before_it_works(capfd, name):
    assert run(["plot", "x^2", "-o", name]) == 2
    assert capfd.readouterr().err.startswith("symgrad: ")


def test_check_says_equal_or_shows_a_point(capfd):
    assert "equal" in said(capfd, "check", "2x cos(x^2)", "--derivative-of", "sin(x^2)")
    assert as_json(capfd, "check", "2x", "--equals", "3x", code=1)["verdict"] == "different"


def test_rules_come_from_the_table(capfd):
    from symgrad.calculus import RULES

    assert [rule["id"] for rule in as_json(capfd, "rules")["rules"]] == [rule.id for rule in RULES]
    assert "product rule" in said(capfd, "rules", "product")
    assert run(["rules", "produkt"]) == 2
    assert "product" in capfd.readouterr().err


def test_help_shows_the_syntax_on_one_screen(capfd):
    page = said(capfd, "help", "syntax")
    assert len(page.splitlines()) <= 50
    assert max(map(len, page.splitlines())) <= 80
    assert "arcsin" in said(capfd, "help", "functions")


def test_the_tour_refuses_a_folder_that_holds_files(capfd, tmp_path):
    (tmp_path / "symgrad-tour").mkdir()
    (tmp_path / "symgrad-tour" / "mine.txt").write_text("kept")
    assert run(["tour", "--output", "symgrad-tour"]) == 2
    assert (tmp_path / "symgrad-tour" / "mine.txt").read_text() == "kept"
    capfd.readouterr()


def test_the_tour_as_json_names_its_files(capfd, tmp_path):
    record = as_json(capfd, "tour")
    assert all((tmp_path / name).is_file() for name in record["files"])
    assert len(record["files"]) >= 6
    again = as_json(capfd, "tour")
    assert again["files"][0].startswith("symgrad-tour-2")


def test_a_rate_may_be_a_schedule_in_the_step_number(capfd):
    record = as_json(capfd, "descend", "x^2", "--start", "x=1", "--rate", "0.4/(1+k)", "--steps", "3", code=1)
    assert record["rates"] == [0.4, 0.2, pytest.approx(0.4 / 3)]


def test_race_compares_rules_from_one_start(capfd, tmp_path):
    rosenbrock = "(1-x)^2 + 100(y-x^2)^2"
    record = as_json(
        capfd, "race", rosenbrock, "--start", "x=-1.2,y=1", "--rules", "Newton, gradient descent", "-o", "race.svg"
    )
    assert [run["rule"] for run in record["runs"]] == ["Newton", "gradient descent"]
    assert [run["converged"] for run in record["runs"]] == [True, False]
    assert (tmp_path / "race.svg").stat().st_size > 5000
    assert "step limit" in said(capfd, "race", rosenbrock, "--start", "x=-1.2,y=1")


def test_animate_rolls_the_ball(capfd, tmp_path):
    record = as_json(capfd, "animate", "x^2", "--start", "x=2", "--rate", "0.3", "--steps", "4", "-o", "ball.gif")
    assert (tmp_path / "ball.gif").read_bytes().startswith(b"GIF8")
    assert "slope" in record["alt"]


def test_an_unknown_rule_lists_those_there_are(capfd):
    assert run(["race", "x^2", "--start", "x=1", "--rules", "magic"]) == 2
    assert "momentum" in capfd.readouterr().err


def test_page_is_one_file_that_loads_nothing(capfd, tmp_path):
    record = as_json(capfd, "page", "x^4 - 3x^2 + x", "-o", "hills.html", "--start", "2", "--title", "<b>hills</b>")
    text = (tmp_path / "hills.html").read_text(encoding="utf-8")
    assert "http" not in text.replace("http://www.w3.org/", "").replace("http-equiv", "")
    assert "<b>hills" not in text
    assert len(record["alt"]) > 40


def test_an_equation_is_differentiated_implicitly(capfd):
    assert as_json(capfd, "diff", "x^2 + y^2 = 25", "--implicit", "y")["derivative"] == "-x/y"
    assert run(["diff", "x^2 + y^2 = 25"]) == 2
    assert "--implicit y" in capfd.readouterr().err
    assert run(["diff", "a x + b y = 1", "--implicit", "y"]) == 2
    assert "--wrt" in capfd.readouterr().err


def test_a_race_gives_its_rate_to_update_rules_only(capfd):
    start = ("(1-x)^2 + 100(y-x^2)^2", "--start", "x=-1.2,y=1", "--rate", "0.001")
    runs = as_json(capfd, "race", *start, "--rules", "Newton, Adam, Newton")["runs"]
    assert [run["rule"] for run in runs] == ["Newton", "Adam"]
    assert runs[0]["steps"] < 100
    assert run(["race", "x^2", "--start", "x=1", "--rules", " , "]) == 2


def test_a_rate_is_shown_as_it_was_typed_and_a_bad_one_refused(capfd):
    assert "u(w, f′(w), 2/69)" in said(capfd, "descend", "69/4 (w+1)^2", "--start", "w=3", "--rate", "2/69")
    for rate in ("0.1/k", "sin(k)", "nan", "0", "-1/2", "1/0"):
        assert run(["descend", "x^2", "--start", "x=1", "--rate", rate]) == 2
        assert "fault in symgrad" not in capfd.readouterr().err


@pytest.mark.parametrize(
    ("option", "form", "shown"),
    [
        ("--upright-d", "latex", r"\mathrm{d}"),
        ("--write-log", "latex", r"\log"),
        ("--bracket-powers", "text", "(sin x)²"),
    ],
)
def test_a_lecturers_choices_of_writing(capfd, option, form, shown):
    formula = "sin(x)^2 ln(x)"
    assert shown in said(capfd, "diff", formula, "--format", form, option)
    assert shown not in said(capfd, "diff", formula, "--format", form)
