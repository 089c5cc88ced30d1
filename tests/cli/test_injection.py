"""Every text a received file can hold, and every name, tries to break out of where it ends up."""

import csv
import html.parser
import io
import json
import os
import shutil
import subprocess
import unittest
import xml.etree.ElementTree
from pathlib import Path

import h5py
import tomllib
from program import PROGRAM, SOURCES, ProgramTest

SCRIPTS = SOURCES / "scripts"
PYTHON = "/usr/bin/python3"

# One line each, without control characters: allowed as text anywhere.
TEXTS = [
    'x */ __attribute__((constructor)) static void f(void){fclose(fopen("canary","w"));} /*',
    '"; int canary = fclose(fopen("canary","w")); //',
    "$(touch canary) `touch canary` ; touch canary; ' touch canary '",
    "</script><script>canary()</script><img src=x onerror=canary()> ]]> <!-- & &lt;",
    "=cmd|' /C canary'!A0",
    "+canary",
    "-2+canary()",
    "@canary(1)",
    r"\input{canary} \write18{touch canary} $\alpha$ {_^ % #",
    "[canary](javascript:canary()) | `x` <b>canary</b> * _",
    "groups $A_{1 and $B %j %s %n {0} {} \\x1b",
    "a/../b /etc/passwd",
]
# What no text may hold, as TOML writes it.
HIDDEN = [
    r"a\u001b[2Jb",
    r"\u001b]0;canary\u0007",
    r"a\u009b31mb",
    r"a\u202eb",
    r"a\rb",
    r"a\u007fb",
    r"a\bb",
]
# What no name may be.
NAMES = [
    "a/../b",
    "..",
    "a b",
    "=a",
    "a;touch canary",
    "$(touch canary)",
    "a\\nb",
    "a<b>",
    "-a",
    "",
    "a.b",
    "1a",
    "*/",
    "a" * 65,
]

MODEL = """\
[model]
name = "@NAME@"
title = @TEXT@
summary = @TEXT@
[model.units]
I_ref = @TEXT@
[references]
key2001 = @TEXT@
[parameter.k]
value = "0.5 d-1"
meaning = @TEXT@
source = @TEXT@
evidence = "design"
[parameter.K]
value = "1 ng/mL"
meaning = @TEXT@
source = @TEXT@
evidence = "design"
[switch.speed]
value = "slow"
options = { slow = @TEXT@, fast = @TEXT@ }
meaning = @TEXT@
source = @TEXT@
[derived.g]
value = "k * 2"
unit = "d-1"
meaning = @TEXT@
[function.f]
arguments = ["a"]
value = "a / (1 + a)"
meaning = @TEXT@
[species.u]
unit = "ng/mL"
scale = "1 ng/mL"
rest = "none"
meaning = @TEXT@
source = @TEXT@
[initial]
u = "1 ng/mL"
[process.loss]
rate = "k * u"
changes = { u = -1 }
meaning = @TEXT@
source = @TEXT@
[process.more]
rate = "g * u * f(u / (K + u))"
changes = { u = -1 }
when = { speed = "fast" }
meaning = @TEXT@
[observable.amount]
value = "u"
unit = "ng/mL"
meaning = @TEXT@
source = @TEXT@
[outcome.last]
of = "amount"
measure = "value"
at = "end"
unit = "ng/mL"
meaning = @TEXT@
[bound.most]
value = "u"
unit = "ng/mL"
at_most = "1e6 ng/mL"
meaning = @TEXT@
source = @TEXT@
"""

SCENARIO = """\
title = @TEXT@
question = @TEXT@
run_time = @TEXT@
model = "hostile.toml"
[domain]
geometry = "well_mixed"
[run]
until = "1 day"
[output]
every = "12 hour"
fields = ["u"]
field_times = ["0 day", "1 day"]
"""

STUDY = """\
title = @TEXT@
question = @TEXT@
scenario = "scenario.toml"
[[axis]]
key = "parameters.k"
values = ["0.2 d-1", "0.4 d-1"]
"""


DEVICE = """\
title = @TEXT@
kind = "stamp"
pattern = "square"
needles = 35
needle_diameter = "0.12 mm"
needle_lengths = ["0.2 mm"]
tip_diameter = "8 um"
speed = "1 m s-1"
grip = 0.2
hole_ratio = 0.5
taper_start = 0
coring = 0
[source]
needles = @TEXT@
needle_diameter = @TEXT@
[evidence]
needles = "design"
"""

SITE = """\
title = @TEXT@
source = @TEXT@
age = "35 year"
phototype = 2
compliance = 1.5
compliance_source = @TEXT@
[[layer]]
name = "epidermis"
thickness = "0.1 mm"
source = @TEXT@
evidence = "design"
[[layer]]
name = "dermis"
thickness = "0.5 mm"
source = @TEXT@
evidence = "design"
"""

COHORT = """\
title = @TEXT@
summary = @TEXT@
[parameter.k]
distribution = "lognormal"
median = 1
range = [0.5, 2]
source = @TEXT@
evidence = "design"
"""

NEEDLED = """\
title = @TEXT@
question = @TEXT@
model = "hostile.toml"
[skin]
site = "hostile_site"
[device]
name = "hostile_device"
[regimen]
puncture_density = "100 cm-2"
[domain]
geometry = "column"
spacing = "200 um"
[run]
until = "1 day"
tolerance = 1e-2
"""


def quoted(text):
    """A TOML string."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


class Tags(html.parser.HTMLParser):
    """Tags and attributes of a page."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.attributes = set(), []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes += attrs


class InjectionTest(ProgramTest):
    def setUp(self):
        super().setUp()
        self.env = dict(
            os.environ,
            NEOCOL_CACHE=str(self.folder / "cache"),
            XDG_CONFIG_HOME=str(self.folder / "config"),
        )

    def write_all(self, text, name="hostile"):
        self.write("hostile.toml", MODEL.replace("@TEXT@", text).replace("@NAME@", name))
        self.write("scenario.toml", SCENARIO.replace("@TEXT@", text))
        self.write("study.toml", STUDY.replace("@TEXT@", text))

    def run_program(self, *arguments, code=0, env=None):
        done = super().run_program(*arguments, code=code, env=env or self.env)
        for stream in (done.stdout, done.stderr):
            self.assertNotRegex(stream, "[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e]")
        return done

    def no_canary(self):
        for place in (self.folder, Path.cwd(), Path.home()):
            self.assertFalse((place / "canary").exists(), place)

    def test_no_text_of_a_file_runs(self):
        """Compiled, run, repeated, described, studied: the texts arrive as texts."""
        for number, text in enumerate(TEXTS):
            with self.subTest(text=text):
                self.write_all(quoted(text))
                self.run_program("model", "check", "hostile.toml")
                result = f"r{number}.h5"
                self.run_program("run", "scenario.toml", "-o", result, "--quiet")
                with h5py.File(self.folder / result) as file:
                    self.assertEqual(
                        file.attrs["title"].decode()
                        if isinstance(file.attrs["title"], bytes)
                        else file.attrs["title"],
                        text,
                    )
                self.run_program("info", result)
                self.no_canary()
        self.run_program("run", "--from", "r0.h5", "-o", "again.h5", "--quiet")
        # One kernel for all of them: no text changes the generated source.
        self.assertEqual(len(list((self.folder / "cache").glob("*.so"))), 1)
        self.no_canary()

    def test_model_describe(self):
        for text in TEXTS:
            with self.subTest(text=text):
                self.write_all(quoted(text))
                page = self.run_program("model", "describe", "hostile.toml", "--format", "latex")
                for line in page.stdout.splitlines():
                    self.assertNotRegex(line, r"\\(input|write18)\b")
                page = self.run_program("model", "describe", "hostile.toml", "--format", "markdown")
                self.assertNotRegex(page.stdout, r"(?<!\\)<(script|img|b)\b")
                self.assertNotRegex(page.stdout, r"(?<!\\)\[canary(?<!\\)\]\(")

    def test_table_and_submission_of_a_study(self):
        for number, text in enumerate(TEXTS[:5]):
            with self.subTest(text=text):
                self.write_all(quoted(text))
                study = f"s{number}"
                self.run_program("study", "plan", "study.toml", "-o", study)
                with open(self.folder / study / "plan.toml", "rb") as file:
                    self.assertEqual(tomllib.load(file)["title"], text)
                self.run_program("study", "run", study, "--quiet")
                table = (self.folder / study / "collected.csv").read_text()
                rows = list(csv.reader(io.StringIO(table)))
                self.assertEqual(len(rows), 3)
                units = (self.folder / study / "collected.units.csv").read_text()
                for row in csv.reader(io.StringIO(units)):
                    for cell in row:
                        self.assertNotRegex(cell, r"^[=@\t\r]|^[-+](?![\d.]+([eE][-+]?\d+)?$)")
                self.no_canary()

    def needle(self, text):
        """A scenario whose skin, device and cohort hold a text as well."""
        self.write_all(text)
        model = MODEL.replace("@TEXT@", text).replace("@NAME@", "hostile")
        self.write(
            "hostile.toml",
            model.replace("[model]\n", '[model]\nlayers = ["epidermis", "dermis"]\n').replace(
                'value = "0.5 d-1"\n',
                'value = "0.5 d-1"\nrange = ["0.2 d-1", "1 d-1"]\n' 'distribution = "loguniform"\n',
            )
            + '[injury]\nu = "u + wounded*K"\n',
        )
        for folder, name, template in (
            ("devices", "hostile_device", DEVICE),
            ("skin", "hostile_site", SITE),
        ):
            (self.folder / "models" / folder).mkdir(parents=True, exist_ok=True)
            self.write(f"models/{folder}/{name}.toml", template.replace("@TEXT@", text))
        self.write("scenario.toml", NEEDLED.replace("@TEXT@", text))
        self.write("cohort.toml", COHORT.replace("@TEXT@", text))

    def check_page(self, path):
        """Neither tags nor handlers of the texts stand in a page."""
        page = (self.folder / path).read_text()
        tags = Tags(page)
        self.assertNotIn("img", tags.tags)
        self.assertFalse([a for a in tags.attributes if a[0].startswith("on")])
        self.assertNotIn("canary()</script>", page.replace("&lt;", ""))

    def test_skin_device_and_cohort(self):
        """Their texts arrive in results and comparisons as texts."""
        for text in TEXTS:
            with self.subTest(text=text):
                self.needle(quoted(text))
                self.run_program("run", "scenario.toml", "-o", "r.h5", "--quiet", "--overwrite")
                self.run_program("info", "r.h5")
                self.run_program(
                    "compare",
                    "scenario.toml",
                    "scenario.toml",
                    "--labels",
                    text.replace(",", ";"),
                    "again",
                    "--cohort",
                    "cohort.toml",
                    "--persons",
                    "2",
                    "-o",
                    "c",
                    "--overwrite",
                    "--quiet",
                )
                with open(self.folder / "c.json") as file:
                    json.load(file)
                for path in self.folder.glob("c*.csv"):
                    for row in csv.reader(io.StringIO(path.read_text())):
                        for cell in row:
                            self.assertNotRegex(cell, r"^[=@\t\r]|^[-+](?![\d.]+([eE][-+]?\d+)?$)")
                self.no_canary()
        self.run_program("list", "devices")
        self.run_program("list", "sites")

    def test_pages_of_comparisons_and_studies_are_text(self):
        self.needle(quoted(TEXTS[3]))
        self.run_program(
            "compare",
            "scenario.toml",
            "scenario.toml",
            "--labels",
            TEXTS[3],
            "again",
            "--cohort",
            "cohort.toml",
            "--persons",
            "2",
            "-o",
            "c",
            "--quiet",
        )
        self.run_program(
            "sensitivity",
            "scenario.toml",
            "--parameters",
            "k",
            "--samples",
            "2",
            "-o",
            "s",
            "--quiet",
        )
        self.run_program("study", "plan", "study.toml", "-o", "sweep")
        self.run_program("study", "run", "sweep", "--quiet")
        self.run_program("study", "collect", "sweep")
        for page in ("c.json", "s.json", "sweep"):
            with self.subTest(page=page):
                self.run_program("report", page, "-o", "page.html", "--overwrite")
                self.check_page("page.html")
                self.no_canary()

    def test_report_is_text(self):
        self.write_all(quoted(TEXTS[3]))
        self.run_program("run", "scenario.toml", "-o", "r.h5", "--quiet")
        self.run_program("report", "r.h5", "-o", "page.html")
        self.check_page("page.html")

    def test_figures_draw_dollars(self):
        """Case C36: no mathematical type in titles."""
        self.write_all(quoted(TEXTS[10]))
        self.run_program("run", "scenario.toml", "-o", "r.h5", "--quiet")
        done = subprocess.run(
            [PYTHON, "-B", SCRIPTS / "plot_run.py", "r.h5", "--formats", "svg"],
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=300,
        )
        self.assertEqual(done.returncode, 0, done.stderr)
        drawn = list(self.folder.rglob("*.svg"))
        self.assertTrue(drawn)
        for path in drawn:
            xml.etree.ElementTree.parse(path)

    def test_hidden_characters_are_refused_with_a_place(self):
        for hidden in HIDDEN:
            for name, template in (
                ("hostile.toml", MODEL),
                ("scenario.toml", SCENARIO),
                ("study.toml", STUDY),
            ):
                with self.subTest(hidden=hidden, file=name):
                    self.write_all('"fine"')
                    self.write(
                        name, template.replace("@TEXT@", f'"{hidden}"').replace("@NAME@", "hostile")
                    )
                    verb = {
                        "hostile.toml": ("model", "check"),
                        "scenario.toml": ("check",),
                        "study.toml": ("study", "plan"),
                    }[name]
                    done = self.run_program(*verb, name, code=3)
                    self.assertRegex(done.stderr, rf"{name}:\d+:\d+: error: ")

    def test_messages_show_a_line_without_its_controls(self):
        for text in (b"title = \x1b[2J", b'title = "\xc2\x9b31m" x', b"t\x1b = 1", b"a = '\x07'"):
            self.write("bad.toml", text)
            self.run_program("check", "bad.toml", code=3)
        self.run_program("check", "absent\x1b[2J.toml", code=3)

    def test_arguments_are_shown_without_their_controls(self):
        """A file's name is its sender's, and a line of a list becomes an argument."""
        self.write_all('"fine"')
        steering = "\x1b]0;title\x07\x1b[2J"
        for arguments, code in (
            ((steering,), 2),
            (("study", steering), 2),
            (("run", f"--{steering}"), 2),
            (("check", "scenario.toml", "--set", steering), 2),
            (("check", "scenario.toml", "--set", f"run.until={steering}"), 3),
            (("run", "scenario.toml", "--max-wall-time", steering), 2),
            (("compare", f"{steering}.toml", "b.h5"), 2),
            (("compare", f"{steering}.h5", "b.h5"), 5),
            (("study", "run", f"absent{steering}"), 5),
            (("resume", f"{steering}.h5"), 3),
            (("info", f"{steering}.h5"), 5),
            (("model", "eval", "hostile.toml", "--at", steering), 2),
        ):
            with self.subTest(arguments=arguments):
                self.run_program(*arguments, code=code)
        name = f"r{steering}"
        for arguments, code in (
            (("run", "scenario.toml", "-o", f"{name}.h5"), 0),
            (("run", "scenario.toml", "-o", f"{name}.h5"), 3),
            (("resume", f"{name}.h5.checkpoint"), 0),
            (("info", f"{name}.h5"), 0),
            (("study", "plan", "study.toml", "-o", name), 0),
            (("study", "run", name), 0),
            (("study", "status", name), 0),
            (("study", "collect", name), 0),
        ):
            with self.subTest(arguments=arguments):
                self.run_program(*arguments, code=code)

    def test_names_are_identifiers(self):
        """Refused where the model is read, not when a dataset is made."""
        sections = [
            "parameter.k",
            "species.u",
            "process.loss",
            "observable.amount",
            "outcome.last",
            "bound.most",
            "derived.g",
            "function.f",
            "switch.speed",
        ]
        for section in sections:
            kind = section.split(".")[0]
            for name in NAMES:
                with self.subTest(section=section, name=name):
                    self.write(
                        "m.toml",
                        MODEL.replace("@TEXT@", '"t"')
                        .replace("@NAME@", "m")
                        .replace(f"[{section}]", f'[{kind}."{name}"]'),
                    )
                    done = self.run_program("model", "check", "m.toml", code=3)
                    self.assertRegex(done.stderr, r"m\.toml:\d+:\d+: error: ")
        for name in [*NAMES, 'a"b']:
            with self.subTest(model=name):
                self.write("m.toml", MODEL.replace("@TEXT@", '"t"').replace("@NAME@", name))
                self.run_program("model", "check", "m.toml", code=0 if name in ("a.b", "1a") else 3)
        for argument in NAMES:
            with self.subTest(argument=argument):
                self.write(
                    "m.toml",
                    MODEL.replace("@TEXT@", '"t"')
                    .replace("@NAME@", "m")
                    .replace('["a"]', f'["{argument}"]'),
                )
                self.run_program("model", "check", "m.toml", code=3)

    def test_names_of_the_result_are_refused(self):
        """Those that the result uses itself; the list is checked against a result."""
        self.write_all('"t"')
        self.run_program("run", "scenario.toml", "-o", "r.h5", "--quiet")
        with h5py.File(self.folder / "r.h5") as file:
            own = set(file) - {"amount"}
            fields = set(file["fields"]) - {"u"}
        for name in sorted(own | {"field_time", "layer", "x", "y", "z", "r", "run"}):
            with self.subTest(observable=name):
                self.write(
                    "m.toml",
                    MODEL.replace("@TEXT@", '"t"')
                    .replace("@NAME@", "m")
                    .replace("observable.amount", f"observable.{name}")
                    .replace('"amount"', f'"{name}"'),
                )
                done = self.run_program("model", "check", "m.toml", code=3)
                self.assertRegex(done.stderr, rf"'{name}' cannot name an observable")
        for name in sorted(fields | {"wounded"}):
            with self.subTest(species=name):
                self.write(
                    "m.toml",
                    MODEL.replace("@TEXT@", '"t"').replace("@NAME@", "m")
                    + f'[species.{name}]\nunit = "ng/mL"\nscale = "1 ng/mL"\nmeaning = "t"\n',
                )
                self.run_program("model", "check", "m.toml", code=3)

    def test_columns_of_a_study_are_identifiers(self):
        self.write_all('"t"')
        for name in [*NAMES[:-1], "run", "amount", "last", "last_censored", "a" * 65]:
            if not name:
                continue
            with self.subTest(column=name):
                self.write("study.toml", STUDY.replace("@TEXT@", '"t"') + f'name = "{name}"\n')
                done = self.run_program("study", "plan", "study.toml", "-o", "s", code=3)
                self.assertRegex(done.stderr, r"study\.toml:\d+:\d+: error: ")
                self.assertFalse((self.folder / "s").exists())

    def test_instruction_set_of_a_study(self):
        self.write_all('"t"')
        for isa in ('\\" -fplugin=x', "native", '\\"; int canary;//', "x86-64 -include canary"):
            with self.subTest(isa=isa):
                self.write("study.toml", f'isa = "{isa}"\n' + STUDY.replace("@TEXT@", '"t"'))
                done = self.run_program("study", "plan", "study.toml", "-o", "s", code=3)
                self.assertRegex(done.stderr, r"study\.toml:1:7: error: ")

    def test_lines_for_slurm(self):
        self.write_all('"t"')
        self.run_program("study", "plan", "study.toml", "-o", "a%j b")
        for line in (
            'partition = "a\\n#SBATCH --wrap=touch canary"',
            'partition = "a --wrap=x"',
            'account = "a\\nb"',
            'qos = "$(touch canary)"',
            'memory = "2 GB\\ntouch canary"',
            'options = ["--mem=1\\ntouch canary"]',
            'modules = ["gcc\\ntouch canary"]',
            'before = ["true\\r\\ntouch canary"]',
            'partition = "a b"',
        ):
            with self.subTest(line=line):
                self.write("c.toml", "[slurm]\ntasks = 1\n" + line + "\n")
                done = self.run_program(
                    "study", "run", "a%j b", "--slurm", "c.toml", "--dry-run", code=3
                )
                self.assertRegex(done.stderr, r"c\.toml:3:\d+: error: ")
        self.write(
            "c.toml",
            '[slurm]\ntasks = 1\npartition = "short"\n' 'modules = ["gcc/12; touch canary"]\n',
        )
        script = self.run_program("study", "run", "a%j b", "--slurm", "c.toml", "--dry-run").stdout
        self.assertIn("%%j", script)
        self.assertRegex(script, r"(?m)^#SBATCH --job-name=neocol-a_j_b$")
        for line in script.splitlines():
            if line.startswith("#SBATCH"):
                self.assertRegex(line, r"^#SBATCH --[a-z-]+(=\S(\\ |\S)*)?$")
        self.assertIn("module load 'gcc/12;' 'touch' 'canary'", script)
        subprocess.run(["bash", "-n"], input=script, text=True, check=True)
        self.no_canary()

    def test_jobs_of_a_received_study_reach_no_shell(self):
        self.write_all('"t"')
        self.run_program("study", "plan", "study.toml", "-o", "s")
        (self.folder / "s/slurm").mkdir()
        self.write("s/slurm/jobs", "$(touch canary)\n`touch canary`\n1 & touch canary\n")
        self.run_program("study", "status", "s")
        self.no_canary()

    def test_kernels_of_a_received_study_are_not_loaded(self):
        """Planted code under the right name, unsigned: compiled anew, in the own cache."""
        self.write_all('"t"')
        self.run_program("study", "plan", "study.toml", "-o", "s")
        kernels = list((self.folder / "s/kernels").glob("*.so"))
        self.assertEqual(len(kernels), 1)
        source = self.write(
            "plant.c",
            f"""#include <stdio.h>
__attribute__((constructor)) static void f(void) {{ fclose(fopen("{self.folder}/canary", "w")); }}
""",
        )
        subprocess.run(["cc", "-shared", "-fPIC", "-o", kernels[0], source], check=True)
        self.run_program("study", "run", "s", "--quiet")
        self.no_canary()
        self.assertTrue((self.folder / "s/collected.h5").exists())

    def test_a_study_that_travels(self):
        """Another user compiles for himself; without a compiler the model is interpreted."""
        self.write_all('"t"')
        self.run_program("study", "plan", "study.toml", "-o", "s")
        no_compiler = self.folder / "bin"
        no_compiler.mkdir()
        for tool in ("sh", "true"):
            (no_compiler / tool).symlink_to(shutil.which(tool))
        shutil.copytree(self.folder / "s", self.folder / "same")
        own = dict(self.env, PATH=str(no_compiler))
        self.run_program("study", "run", "same", "--quiet", env=own)  # signed by this user: serves
        other = dict(
            own,
            NEOCOL_CACHE=str(self.folder / "other"),
            XDG_CONFIG_HOME=str(self.folder / "other_config"),
        )
        done = self.run_program("study", "run", "s", "--quiet", env=other)
        self.assertIn("interpreted", done.stderr)
        self.assertFalse(list((self.folder / "other").glob("*.so")))
        shutil.copytree(
            self.folder / "same",
            self.folder / "third",
            ignore=shutil.ignore_patterns("results", "collected*"),
        )
        other["PATH"] = os.environ["PATH"]
        done = self.run_program("study", "run", "third", "--quiet", env=other)
        self.assertNotIn("interpreted", done.stderr)
        self.assertEqual(len(list((self.folder / "other").glob("*.so"))), 1)

    def test_a_damaged_kernel_is_no_signal(self):
        self.write_all('"t"')
        self.run_program("run", "scenario.toml", "-o", "a.h5", "--quiet")
        kernel = next((self.folder / "cache").glob("*.so"))
        whole = kernel.read_bytes()
        for k, place in enumerate((0, 64, len(whole) // 2, len(whole) - 5)):
            kernel.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
            self.run_program("run", "scenario.toml", "-o", f"b{k}.h5", "--quiet")
        kernel.write_bytes(b"")
        self.run_program("run", "scenario.toml", "-o", "c.h5", "--quiet")
        self.assertEqual(kernel.read_bytes(), whole)

    def test_xdmf_is_well_formed(self):
        """Case C26: the name of the result stands in the sidecar."""
        self.write(
            "wide.toml",
            """\
title = "wide"
model = "microneedling"
[skin]
site = "cheek"
[device]
name = "roller_192"
needle_length = "1.5 mm"
[regimen]
sessions = 1
puncture_density = "250 cm-2"
[domain]
geometry = "single_channel"
spacing = "100 um"
thickness = "1 mm"
[run]
until = "1 hour"
tolerance = 1e-2
[output]
every = "1 hour"
fields = ["tgf_beta"]
field_times = ["0 day"]
""",
        )
        self.run_program("run", "wide.toml", "-o", "R&D <1>.h5", "--quiet", "--interpreter")
        tree = xml.etree.ElementTree.parse(self.folder / "R&D <1>.xdmf")
        self.assertTrue(
            [
                e
                for e in tree.iter("DataItem")
                if e.text and e.text.strip().startswith("R&D <1>.h5:/")
            ]
        )

    @unittest.skipUnless(os.geteuid() == 0, "needs another user")
    def test_home_that_cannot_be_written(self):
        """Case C49: another place serves, or the message names NEOCOL_CACHE."""
        self.write_all('"t"')
        self.folder.chmod(0o755)
        out = self.folder / "out"
        out.mkdir()
        os.chown(out, 65534, 65534)
        env = {
            key: value
            for key, value in self.env.items()
            if key not in ("NEOCOL_CACHE", "XDG_CONFIG_HOME", "XDG_CACHE_HOME")
        }
        env |= {"HOME": "/nonexistent", "TMPDIR": str(out)}
        done = subprocess.run(
            [
                "setpriv",
                "--reuid",
                "65534",
                "--regid",
                "65534",
                "--clear-groups",
                PROGRAM,
                "run",
                "../scenario.toml",
                "--quiet",
                "-o",
                "x.h5",
            ],
            cwd=out,
            env=env,
            capture_output=True,
            text=True,
        )
        self.assertEqual(done.returncode, 0, done.stderr)
        env["NEOCOL_CACHE"] = "/nonexistent/cache"
        done = subprocess.run(
            [
                "setpriv",
                "--reuid",
                "65534",
                "--regid",
                "65534",
                "--clear-groups",
                PROGRAM,
                "run",
                "../scenario.toml",
                "--quiet",
                "-o",
                "y.h5",
            ],
            cwd=out,
            env=env,
            capture_output=True,
            text=True,
        )
        self.assertEqual(done.returncode, 5)
        self.assertIn("NEOCOL_CACHE", done.stderr)


if __name__ == "__main__":
    unittest.main()
