//! Clients that stop reading or leave, and many files: what the server keeps in memory, and when its work ends.

use std::io::Write;
use std::path::Path;
use std::time::Duration;

use arrow_flight::Ticket;

use crate::gateway::{Binary, TestGateway};
use crate::wire::{ask, connect, counted, next, open, refresh, rows, sql};

const MIB: u64 = 1 << 20;

/// Processor time that a process has used, in all threads.
fn cpu_time(server: &Binary) -> Duration {
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", server.pid())).unwrap();
    // The second field, the name, is in parentheses and may hold anything.
    let fields: Vec<_> = stat[stat.rfind(')').unwrap() + 2..].split(' ').collect();
    let ticks: u64 = fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap();
    Duration::from_millis(ticks * 10)
}

/// The most memory that was resident since the last [`forget_peak`].
fn peak_resident_bytes(server: &Binary) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", server.pid())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() * 1024
}

fn forget_peak(server: &Binary) {
    std::fs::write(format!("/proc/{}/clear_refs", server.pid()), "5").unwrap();
}

/// Returns once the server has used no processor time for 300 ms.
async fn quiet(server: &Binary) {
    let (mut before, mut still) = (cpu_time(server), 0);
    for _ in 0..600 {
        tokio::time::sleep(Duration::from_millis(100)).await;
        let now = cpu_time(server);
        still = if now == before { still + 1 } else { 0 };
        if still == 3 {
            return;
        }
        before = now;
    }
    panic!("the server has not come to rest for a minute");
}

/// Short rows, the same ones over and over; returns how many.
fn write_large(file: &Path, size: u64) -> i64 {
    let lines: String = (0..1000)
        .map(|row| format!("{row},{row:0>4}.25,station {row:0>4},{:x<70}\n", ""))
        .collect();
    let times = size / lines.len() as u64;
    let mut out = std::io::BufWriter::new(std::fs::File::create(file).unwrap());
    out.write_all(b"number,value,station,remark\n").unwrap();
    (0..times).for_each(|_| out.write_all(lines.as_bytes()).unwrap());
    out.flush().unwrap();
    times as i64 * 1000
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_pauses_costs_little_memory_and_one_that_leaves_no_work() {
    let folder = tempfile::tempdir().unwrap();
    let count = write_large(&folder.path().join("large.csv"), 300 * MIB);
    let numbers: String = (0..100_000).map(|number| format!("{number}\n")).collect();
    std::fs::write(folder.path().join("many.csv"), format!("n\n{numbers}")).unwrap();
    let server = Binary::serve(&[folder.path().to_str().unwrap(), "--shutdown-grace", "5s"]);
    let mut flight = connect(server.url()).await;
    // The check of the whole file is work of its own.
    assert_eq!(counted(&flight, "large").await, count);
    quiet(&server).await;
    let idle = server.resident_bytes();
    forget_peak(&server);

    let mut stream = open(&mut flight, Ticket::new("large")).await.unwrap();
    assert!(next(&mut stream).await.unwrap().is_some());
    quiet(&server).await;
    let paused = peak_resident_bytes(&server).saturating_sub(idle);
    assert!(paused < 64 * MIB, "a paused client costs {} MiB", paused / MIB);
    // The same after more of it has passed.
    for _ in 0..50 {
        assert!(next(&mut stream).await.unwrap().is_some());
    }
    quiet(&server).await;
    let passed = peak_resident_bytes(&server).saturating_sub(idle);
    assert!(
        passed < 64 * MIB,
        "a client that reads and pauses costs {} MiB",
        passed / MIB
    );
    drop(stream);

    // Queries that need all rows before their first one: they run when they are left.
    for slow in [
        "SELECT count(DISTINCT concat(station, remark, number)) FROM large",
        "SELECT sum(a.n * b.n) FROM many AS a CROSS JOIN many AS b",
    ] {
        let info = flight.get_flight_info(sql(slow)).await.unwrap().into_inner();
        let before = cpu_time(&server);
        let ticket = info.endpoint[0].ticket.clone().unwrap();
        let running = open(&mut flight, ticket).await.unwrap();
        while cpu_time(&server) - before < Duration::from_millis(500) {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        drop(running);
        let left = cpu_time(&server);
        quiet(&server).await;
        // Processor time does not depend on what else the machine does; two cores can use two seconds in one.
        let after = cpu_time(&server) - left;
        let said = format!("{after:?} of work for a client that had left: {slow}");
        assert!(after < Duration::from_secs(2), "{said}");
    }

    server.signal("TERM");
    let (status, _, log) = server.wait();
    assert!(status.success(), "{status}: {log}");
    let ended = log
        .lines()
        .filter(|line| line.contains("do_get ended") && line.contains("code=Cancelled"));
    assert_eq!(ended.count(), 3, "three calls were left:\n{log}");
    let (running, _) = log.split_once("shutting down").expect("the end is logged");
    assert_eq!(
        running.matches("do_get ended").count(),
        3,
        "the calls lived on until the server ended:\n{log}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_small_files_are_all_served() {
    let folder = tempfile::tempdir().unwrap();
    for file in 0..1000 {
        let path = folder.path().join(format!("f{file:04}.csv"));
        std::fs::write(path, format!("id,name\n{file},a\n{},b\n", file + 1)).unwrap();
    }
    let gateway = TestGateway::serve(folder.path());
    let mut flight = connect(gateway.url()).await;
    let listed = gateway.client().await.datasets().await.unwrap();
    assert_eq!(listed.len(), 1000);
    assert!(listed.iter().all(|dataset| dataset.rows == Some(2)));
    let refreshed = refresh(&mut flight).await;
    assert_eq!(refreshed["datasets"].as_array().unwrap().len(), 1000);
    assert_eq!(refreshed["message"], "Refreshed 1000 datasets");
    assert_eq!(rows(&mut flight, "f0999").await.unwrap(), ["999|a", "1000|b"]);
    let joined = "SELECT a.name FROM f0001 AS a JOIN f0002 AS b ON a.id = b.id";
    assert_eq!(ask(&mut flight, sql(joined)).await.unwrap(), ["b"]);
}
