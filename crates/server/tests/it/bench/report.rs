//! What `gema bench` writes for people: files and warnings.

use std::{
    fs,
    path::Path,
    process::{Command, Output},
};

use gema_testkit::TestServer;
use tempfile::TempDir;

use super::bench;

/// Runs `gema bench report` in a folder.
fn report(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gema"));
    command.args(["bench", "report"]).args(arguments).current_dir(folder).env_clear().output().unwrap()
}

/// A folder with two saved results.
fn saved() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let [floor, gema] = [
        r#"{"scenario":"fanout","figures":{"deliveries":1000.0},
            "series":{"latency_ms_by_quantile":[[0.0,1.0],[0.99,5.0],[1.0,7.0]]}}"#,
        r#"{"scenario":"fanout","figures":{"deliveries":2000.0,"latency_p99_ms":3.5},"warnings":["it <rained>"]}"#,
    ];
    fs::write(folder.path().join("floor.json"), floor).unwrap();
    fs::write(folder.path().join("run.json"), gema).unwrap();
    folder
}

#[tokio::test]
async fn a_run_writes_a_page_too() {
    let server = TestServer::start(|builder| builder);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("run.html");
    let file = file.to_str().unwrap();
    let scenario = ["fanout", "--sockets", "5", "--rate", "20", "--seconds", "1", "--warmup", "0"];
    let output = bench(server.address(), &[&scenario, &["--report", file][..]].concat()).await;
    assert!(output.status.success(), "{output:?}");
    assert!(output.stdout.starts_with(b"fanout\n  deliveries "), "the figures are printed all the same");
    assert!(output.stderr.is_empty(), "there is no progress bar without a terminal: {output:?}");
    let page = fs::read_to_string(file).unwrap();
    assert!(page.contains("<title>gema bench fanout</title>"), "{page}");
    assert!(page.contains("<tr><th>deliveries<td>100\n"), "{page}");
    assert!(page.contains("<svg ") && page.contains("\nLatency\n"), "{page}");
    server.stop().await;
}

#[tokio::test]
async fn another_kind_of_file_is_refused_before_the_run() {
    let nobody = "127.0.0.1:1".parse().unwrap();
    let output = bench(nobody, &["fanout", "--report", "run.pdf"]).await;
    assert_eq!(output.status.code(), Some(2));
    let log = String::from_utf8(output.stderr).unwrap();
    assert!(log.contains("ends with .html (figures and plots) or .svg (only the plots)"), "{log}");
}

#[test]
fn saved_runs_stand_side_by_side() {
    let folder = saved();
    let output = report(folder.path(), &["--output", "all.html", "floor.json", "Gema & co=run.json"]);
    assert!(output.status.success(), "{output:?}");
    let page = fs::read_to_string(folder.path().join("all.html")).unwrap();
    assert!(page.contains("<tr><th><th>floor<th>Gema &amp; co\n"), "{page}");
    assert!(page.contains("<tr><th>deliveries<td>1,000<td>2,000\n"), "{page}");
    assert!(page.contains("<tr><th>latency_p99_ms<td><td>3.5\n"), "{page}");
    assert!(page.contains("it &lt;rained&gt;") && !page.contains("<rained>"), "{page}");
    assert!(page.contains("\nLatency\n"), "{page}");
}

#[test]
fn plots_alone_need_something_to_plot() {
    let folder = saved();
    let output = report(folder.path(), &["--output", "all.svg", "floor.json", "run.json"]);
    assert!(output.status.success(), "{output:?}");
    assert!(fs::read_to_string(folder.path().join("all.svg")).unwrap().starts_with("<svg "));
    let output = report(folder.path(), &["--output", "none.svg", "run.json"]);
    assert_eq!(output.status.code(), Some(1));
    let log = String::from_utf8(output.stderr).unwrap();
    assert!(log.contains("there is nothing to plot"), "{log}");
    assert!(!folder.path().join("none.svg").exists());
}

#[test]
fn what_is_no_result_is_refused() {
    let folder = saved();
    fs::write(folder.path().join("bad.json"), "{}").unwrap();
    for (arguments, told) in [
        (["--output", "all.html", "bad.json"], "bad.json is not what `--format json` writes"),
        (["--output", "all.html", "none.json"], "read none.json"),
    ] {
        let output = report(folder.path(), &arguments);
        assert_eq!(output.status.code(), Some(1));
        let log = String::from_utf8(output.stderr).unwrap();
        assert!(log.contains(told), "{log}");
    }
}
