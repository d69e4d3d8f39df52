//! Pages whose snippets are tests: the fenced blocks of a page, and how one is run against a server and its output compared
//! with what the page shows. `readme.rs` and `docs.rs` say which page is run how.

use std::path::Path;
use std::process::{Command, Output};

use crate::gateway::{binary, project};

/// The address that the pages have everywhere; the tests put the real one in its place.
pub const ADDRESS: &str = "127.0.0.1:8080";

/// On a line of its own in an output: lines that are left out.
pub const ELLIPSIS: &str = "…";

/// Before a fence, with the reason: the block behind it is not run.
const NOT_RUN: (&str, &str) = ("<!-- not run: ", " -->");

/// A page of the project.
pub struct Page {
    name: String,
    text: String,
}

/// A fenced block, and the `text` block behind it.
#[derive(Debug)]
pub struct Snippet {
    pub language: String,
    pub code: String,
    pub output: Option<String>,
    /// Why it is not run, if it is not.
    pub not_run: Option<String>,
    page: String,
    /// The line of the page, counted from 1, that the fence opens on.
    line: usize,
}

impl Page {
    /// The page at a path below the project's folder.
    pub fn read(name: &str) -> Self {
        let text = std::fs::read_to_string(project().join(name));
        Self {
            text: text.unwrap_or_else(|error| panic!("{name}: {error}")),
            name: name.to_owned(),
        }
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    pub fn text(&self) -> &str {
        &self.text
    }

    /// The fenced blocks. An output that no snippet precedes is a snippet of the language `text`.
    pub fn snippets(&self) -> Vec<Snippet> {
        let mut snippets: Vec<Snippet> = Vec::new();
        let mut not_run = None;
        let mut lines = self.text.lines().enumerate();
        while let Some((at, line)) = lines.next() {
            let Some(language) = line.trim_start().strip_prefix("```") else {
                not_run = reason(line).or(not_run).filter(|_| line.starts_with("<!--"));
                continue;
            };
            let block = lines.by_ref().map(|(_, line)| line).take_while(|line| *line != "```");
            let code = block.map(|line| format!("{line}\n")).collect::<String>();
            match snippets.last_mut() {
                Some(printed) if language == "text" && not_run.is_none() && printed.output.is_none() => {
                    printed.output = Some(code);
                }
                _ => snippets.push(Snippet {
                    language: language.to_owned(),
                    code,
                    output: None,
                    not_run: not_run.take(),
                    page: self.name.clone(),
                    line: at + 1,
                }),
            }
        }
        snippets
    }

    /// The snippets of one language; there is at least one.
    pub fn in_language(&self, language: &str) -> Vec<Snippet> {
        let mut found = self.snippets();
        found.retain(|snippet| snippet.language == language);
        assert!(!found.is_empty(), "{} has no {language}", self.name);
        found
    }

    /// Fails unless every fence is closed.
    pub fn assert_closed(&self) {
        let fences = self.text.lines().filter(|line| line.trim_start().starts_with("```"));
        assert_eq!(fences.count() % 2, 0, "{}: a fence is left open", self.name);
    }
}

/// The reason that a comment gives for not running what is behind it.
fn reason(line: &str) -> Option<String> {
    let reason = line.strip_prefix(NOT_RUN.0)?.strip_suffix(NOT_RUN.1)?;
    Some(reason.to_owned())
}

impl Snippet {
    /// Where it is: `README.md:12`.
    pub fn place(&self) -> String {
        format!("{}:{}", self.page, self.line)
    }

    /// The code with the address of a running server.
    fn code_for(&self, url: &str) -> String {
        self.code.replace(ADDRESS, url.trim_start_matches("grpc://"))
    }

    /// Compares what was printed with what the page shows.
    pub fn assert_prints(&self, printed: &str, url: &str) {
        let place = self.place();
        let printed = printed.replace(url.trim_start_matches("grpc://"), ADDRESS);
        let shown = self.output.as_deref();
        let shown = shown.unwrap_or_else(|| panic!("{place}: no output is shown; it is:\n{printed}"));
        assert!(
            is_shown_by(&printed, shown),
            "{place}: the page shows\n{shown}\nand it printed\n{printed}"
        );
    }

    /// Runs it as a shell script, with the built binary on the `PATH`. It must succeed, unless the page shows an error.
    pub fn run_shell(&self, url: &str, folder: &Path) {
        let printed = self.script(&self.code_for(url), url, folder);
        self.assert_prints(&printed, url);
        let words: Vec<_> = self.code.split_whitespace().collect();
        for pair in words.windows(2).filter(|pair| pair[0] == "--output") {
            let written = std::fs::metadata(folder.join(pair[1])).unwrap();
            assert!(written.len() > 0, "{}: {} is empty", self.place(), pair[1]);
        }
    }

    /// Runs its statements, which end with `;` at the end of a line, with `flightstream sql`. If the page shows no output, there
    /// must be rows.
    pub fn run_sql(&self, url: &str, folder: &Path) {
        let statements = self.code.split_inclusive(";\n");
        let commands =
            statements.map(|statement| format!("flightstream sql - <<'SQL'\n{}\nSQL\n", statement.trim_end()));
        let printed = self.script(&commands.collect::<String>(), url, folder);
        match self.output {
            Some(_) => self.assert_prints(&printed, url),
            // Below the names of the columns and the line below those.
            None => assert!(printed.lines().count() > 2, "{}: no rows: {printed}", self.place()),
        }
    }

    /// Runs it with this interpreter. A warning is an error.
    pub fn run_python(&self, python: &Path, url: &str) {
        let mut interpreter = Command::new(python);
        let interpreter = interpreter.args(["-W", "error", "-c", &self.code_for(url)]);
        let Output { status, stdout, stderr } = interpreter.output().unwrap();
        let (stdout, stderr) = (String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr));
        assert!(status.success(), "{}: {stderr}", self.place());
        self.assert_prints(&stdout, url);
    }

    /// What a script prints, in this folder. It must fail if the page shows an error, and only then.
    fn script(&self, script: &str, url: &str, folder: &Path) -> String {
        let script = format!("PATH=\"$BUILT:$PATH\"\nexec 2>&1\n{script}");
        let mut shell = Command::new("sh");
        let shell = shell.args(["-eu", "-c", &script]).current_dir(folder);
        let shell = shell
            .env("BUILT", binary().parent().unwrap())
            .env("FLIGHTSTREAM_SERVER", url);
        let done = shell.output().unwrap();
        let printed = String::from_utf8_lossy(&done.stdout).into_owned();
        let shown = self.output.as_deref().unwrap_or_default();
        let code = i32::from(shown.starts_with("error: "));
        assert_eq!(done.status.code(), Some(code), "{}: {printed}", self.place());
        printed
    }
}

/// Whether `shown` is `printed` line by line, but for blanks at line ends, and runs of lines behind an ellipsis.
fn is_shown_by(printed: &str, shown: &str) -> bool {
    let lines = |text: &str| text.trim_end().lines().map(|line| line.trim_end().to_owned()).collect();
    let (printed, shown): (Vec<String>, Vec<String>) = (lines(printed), lines(shown));
    let runs: Vec<_> = shown.split(|line| line == ELLIPSIS).collect();
    let [whole] = runs.as_slice() else {
        return is_shown_by_runs(&printed, &runs);
    };
    !whole.is_empty() && printed == *whole
}

fn is_shown_by_runs(printed: &[String], runs: &[&[String]]) -> bool {
    let (Some((first, others)), Some(last)) = (runs.split_first(), runs.last()) else {
        return false;
    };
    let Some(mut rest) = printed.strip_prefix(*first) else {
        return false;
    };
    for run in others {
        let at = (0..=rest.len()).find(|at| rest[*at..].starts_with(run));
        let Some(at) = at else { return false };
        rest = &rest[at + run.len()..];
    }
    printed.ends_with(last) && runs.iter().any(|run| !run.is_empty())
}

#[test]
fn outputs_are_compared_line_by_line() {
    for (printed, shown) in [
        ("a\nb \n", "a\nb\n"),
        ("a\nb\nc\nd\n", "a\n…\nd\n"),
        ("a\nb\nc\nd\n", "…\nb\nc\n…\n"),
        ("a\nb\nc\nb\nd\n", "a\n…\nb\nd\n"),
        ("a\nb\n", "a\n…\nb\n"),
    ] {
        assert!(is_shown_by(printed, shown), "{shown:?}");
    }
    for (printed, shown) in [
        ("", ""),
        ("a\nb\n", "a\n"),
        ("a\nb\n", "b\n…\n"),
        ("a\nb\n", "a\n…\nc\n"),
        ("a\nb\nc\n", "a\n…\nb\n"),
        ("a\nb\nc\n", "…\nc\n…\nb\n…\n"),
        ("a\n", "…\n"),
    ] {
        assert!(!is_shown_by(printed, shown), "{shown:?}");
    }
}

#[test]
fn blocks_have_their_output_and_their_reason() {
    let text = "\
```sh
one
```

```text
1
```

<!-- not run: a
reason over lines is none -->
```sql
two
```

<!-- not run: no Go -->
```go
three
```

```text
3
```

<!-- not run: a picture -->
```text
four
```
";
    let page = Page {
        name: "page.md".into(),
        text: text.into(),
    };
    page.assert_closed();
    let found: Vec<_> = page
        .snippets()
        .into_iter()
        .map(|snippet| (snippet.place(), snippet.code, snippet.output, snippet.not_run))
        .collect();
    let text = |text: &str| Some(text.to_owned());
    let expected = [
        ("page.md:1", "one\n", text("1\n"), None),
        ("page.md:11", "two\n", None, None),
        ("page.md:16", "three\n", text("3\n"), text("no Go")),
        ("page.md:25", "four\n", None, text("a picture")),
    ];
    let expected = expected.map(|(place, code, output, not_run)| (place.to_owned(), code.to_owned(), output, not_run));
    assert_eq!(found, expected);
}
