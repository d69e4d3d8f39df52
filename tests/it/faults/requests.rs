//! Requests that no client of good will sends: noise, forged tickets, statements without end.

use arrow_flight::sql::{Any, ProstMessageExt, TicketStatementQuery};
use arrow_flight::{Action, Criteria, FlightDescriptor, Ticket};
use bytes::Bytes;
use futures::TryStreamExt;
use prost::Message;
use tonic::{Code, Status};

use crate::gateway::{Binary, TestGateway};
use crate::wire::{Flight, ask, connect, get, prepare, prepared, rows, sql, tickets};

/// Xorshift: the same noise at every run.
struct Noise(u64);

impl Noise {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit as u64) as usize
    }

    fn bytes(&mut self, limit: usize) -> Vec<u8> {
        (0..self.below(limit)).map(|_| self.next() as u8).collect()
    }

    /// `valid` with a few bytes changed, left out or doubled.
    fn garbled(&mut self, valid: &[u8]) -> Vec<u8> {
        let mut bytes = valid.to_vec();
        for _ in 0..=self.below(3) {
            let at = self.below(bytes.len());
            match self.below(4) {
                0 => drop(bytes.remove(at)),
                1 => bytes.insert(at, bytes[at]),
                2 => bytes.truncate(at + 1),
                _ => bytes[at] ^= 1 << self.below(8),
            }
        }
        bytes
    }
}

/// A refusal that tells the client what to do: it names no defect of the server.
#[track_caller]
fn assert_refusal(status: &Status, request: &[u8]) {
    let fair = matches!(
        status.code(),
        Code::InvalidArgument | Code::NotFound | Code::Unimplemented | Code::PermissionDenied | Code::Unavailable
    );
    assert!(
        fair,
        "{:?} of {} to {:?}",
        status.code(),
        status.message(),
        String::from_utf8_lossy(request)
    );
    assert!(!status.message().is_empty(), "no reason given to {request:?}");
}

async fn describe(flight: &mut Flight, cmd: Vec<u8>) -> Result<(), Status> {
    let descriptor = FlightDescriptor::new_cmd(cmd);
    flight.get_schema(descriptor.clone()).await.map(drop)?;
    flight.get_flight_info(descriptor).await.map(drop)
}

async fn act(flight: &mut Flight, kind: &str, body: Vec<u8>) -> Result<(), Status> {
    let results = flight.do_action(Action::new(kind, body)).await?.into_inner();
    results.try_collect::<Vec<_>>().await.map(drop)
}

#[tokio::test(flavor = "multi_thread")]
async fn noise_is_refused_and_never_a_defect() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("t.csv"), "a,b\n1,x\n2,y\n").unwrap();
    let gateway = TestGateway::serve(folder.path());
    let mut flight = connect(gateway.url()).await;
    let info = flight
        .get_flight_info(sql("SELECT a FROM t"))
        .await
        .unwrap()
        .into_inner();
    let ticket = tickets(&info)[0].ticket.clone();
    let command = sql("SELECT a FROM t").cmd;
    let mut noise = Noise(0x5eed);
    let mut refused = 0;
    for round in 0..300 {
        let requests = match round % 2 {
            0 => [(); 3].map(|()| noise.bytes(200)),
            _ => [
                noise.garbled(&ticket),
                noise.garbled(&command),
                noise.garbled(br#"{"dataset":"t","limit":1}"#),
            ],
        };
        for bytes in requests {
            let kind = ["CreatePreparedStatement", "ClosePreparedStatement"][noise.below(2)];
            let outcomes = [
                get(&mut flight, Ticket::new(bytes.clone())).await.map(drop),
                describe(&mut flight, bytes.clone()).await,
                act(&mut flight, kind, bytes.clone()).await,
                act(&mut flight, &String::from_utf8_lossy(&bytes), bytes.clone()).await,
                match flight
                    .list_flights(Criteria {
                        expression: bytes.clone().into(),
                    })
                    .await
                {
                    Ok(infos) => infos.into_inner().try_collect::<Vec<_>>().await.map(drop),
                    Err(status) => Err(status),
                },
            ];
            for status in outcomes.into_iter().filter_map(Result::err) {
                assert_refusal(&status, &bytes);
                refused += 1;
            }
        }
    }
    assert!(refused > 2000, "only {refused} refusals: is this noise?");
    assert_eq!(rows(&mut flight, "t").await.unwrap(), ["1|x", "2|y"]);
}

/// What a query's ticket holds, as `flight::ticket` documents it: old tickets must be understood for ever.
#[derive(Clone, PartialEq, Message)]
struct Handle {
    #[prost(string, optional, tag = "1")]
    sql: Option<String>,
    #[prost(string, optional, tag = "2")]
    dataset: Option<String>,
    #[prost(uint64, optional, tag = "5")]
    limit: Option<u64>,
    #[prost(sfixed64, tag = "6")]
    start_time_ns: i64,
    #[prost(fixed64, tag = "7")]
    fingerprint: u64,
    #[prost(uint32, tag = "8")]
    planned_partitions: u32,
    #[prost(uint32, optional, tag = "9")]
    part: Option<u32>,
    #[prost(uint32, tag = "10")]
    parts: u32,
    #[prost(bytes = "bytes", tag = "11")]
    id: Bytes,
    #[prost(int64, tag = "12")]
    expires_s: i64,
    #[prost(string, tag = "13")]
    schema: String,
}

impl Handle {
    fn of(ticket: &Ticket) -> Self {
        let any = Any::decode(ticket.ticket.clone()).unwrap();
        let statement: TicketStatementQuery = any
            .unpack()
            .unwrap()
            .expect("a query's ticket is a TicketStatementQuery");
        Self::decode(statement.statement_handle).unwrap()
    }

    fn ticket(&self) -> Ticket {
        let statement = TicketStatementQuery {
            statement_handle: self.encode_to_vec().into(),
        };
        Ticket::new(statement.as_any().encode_to_vec())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forged_ticket_gives_a_clear_error() {
    let folder = tempfile::tempdir().unwrap();
    let text: String = (0..30_000).map(|row| format!("{row},{:-<20}\n", "")).collect();
    std::fs::write(folder.path().join("t.csv"), format!("n,text\n{text}")).unwrap();
    let gateway = TestGateway::serve(folder.path());
    let mut flight = connect(gateway.url()).await;
    let three = FlightDescriptor::new_cmd(r#"{"dataset": "t", "columns": ["n"], "partitions": 3}"#);
    let info = flight.get_flight_info(three).await.unwrap().into_inner();
    let parts: Vec<_> = tickets(&info).iter().map(Handle::of).collect();
    let of = |handle: &Handle| (handle.part, handle.parts);
    assert_eq!(
        parts.iter().map(of).collect::<Vec<_>>(),
        [(Some(0), 3), (Some(1), 3), (Some(2), 3)]
    );

    type Forge = fn(&mut Handle);
    let changed = "the data changed since the ticket was made; ask for flight info again";
    let foreign = "the ticket is not one of this server's, nor a dataset id";
    let cases: [(Forge, Code, &str); 9] = [
        (|handle| handle.fingerprint ^= 1, Code::Unavailable, changed),
        (
            |handle| handle.part = Some(7),
            Code::InvalidArgument,
            "there is no part 7 of 3",
        ),
        (
            |handle| handle.part = Some(u32::MAX),
            Code::InvalidArgument,
            "there is no part 4294967295 of 3",
        ),
        (|handle| handle.parts = 4, Code::Unavailable, changed),
        (
            |handle| handle.planned_partitions = u32::MAX,
            Code::Unavailable,
            changed,
        ),
        (|handle| handle.planned_partitions = 0, Code::Unavailable, changed),
        (
            |handle| handle.sql = Some("SELECT 1".into()),
            Code::InvalidArgument,
            foreign,
        ),
        (|handle| handle.dataset = None, Code::InvalidArgument, foreign),
        (
            |handle| handle.dataset = Some("../t".into()),
            Code::NotFound,
            "Dataset not found: ../t",
        ),
    ];
    for (forge, code, message) in cases {
        let mut handle = parts[1].clone();
        forge(&mut handle);
        let status = get(&mut flight, handle.ticket()).await.expect_err(message);
        assert_eq!((status.code(), status.message()), (code, message), "{handle:?}");
    }
    // A ticket is a request like any other: what it may not ask, it may not ask here.
    let copy = Handle {
        sql: Some("COPY t TO '/tmp/stolen.csv'".into()),
        dataset: None,
        ..parts[0].clone()
    };
    let status = get(&mut flight, copy.ticket()).await.unwrap_err();
    assert_eq!(status.code(), Code::PermissionDenied, "{status}");
    // The only part of one is the whole, also of a plan that has several partitions inside.
    let info = flight
        .get_flight_info(sql("SELECT n FROM t UNION ALL SELECT n FROM t"))
        .await;
    let mut whole = Handle::of(&tickets(&info.unwrap().into_inner())[0]);
    assert_eq!((whole.part, whole.parts), (None, 1));
    whole.part = Some(0);
    let (_, batches) = get(&mut flight, whole.ticket()).await.unwrap();
    assert_eq!(batches.iter().map(|batch| batch.num_rows()).sum::<usize>(), 60_000);
    // Any start time is a time.
    for start_time_ns in [i64::MIN, 0, i64::MAX] {
        let handle = Handle {
            start_time_ns,
            ..parts[0].clone()
        };
        let (_, batches) = get(&mut flight, handle.ticket()).await.unwrap();
        assert!(batches[0].num_rows() > 0, "{start_time_ns}");
    }
}

/// A stack that overflows ends the process, so this is the real one.
#[tokio::test(flavor = "multi_thread")]
async fn no_statement_ends_the_server() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("t.csv"), "a\n1\n").unwrap();
    let server = Binary::serve(&[folder.path().to_str().unwrap()]);
    let mut flight = connect(server.url()).await;
    let nested =
        |open: &str, inner: &str, close: &str| format!("{}{inner}{}", open.repeat(20_000), close.repeat(20_000));
    let chain = |link: &str, count: usize| format!("1{}", link.repeat(count));
    let expressions = [
        (nested("(", "1", ")"), "nested"),
        (nested("- ", "1", ""), "operators"),
        (nested("NOT ", "true", ""), "operators"),
        (nested("CASE WHEN true THEN ", "1", " END"), "Expected: "),
        (nested("abs(", "1", ")"), "nested"),
        (nested("[", "1", "]"), "operators"),
        (nested("(SELECT ", "1", ")"), "nested"),
        (chain("+1", 2001), "operators"),
        (chain("||1", 50_000), "operators"),
        (chain("=1 OR a=1", 50_000), "operators"),
        (chain("::int", 50_000), "operators"),
        (chain(" IS NULL", 50_000), "operators"),
        (chain(" NOT IN (1)", 50_000), "operators"),
        (chain("[1]", 50_000), "operators"),
        (chain(" COLLATE \"x\"", 50_000), "operators"),
        (chain(" AT TIME ZONE 'UTC'", 50_000), "operators"),
        (format!("a IN ({})", chain(",1", 600_000)), "bytes long"),
    ];
    for (expression, reason) in &expressions {
        let filter = serde_json::json!({ "dataset": "t", "filter": expression }).to_string();
        for request in [
            sql(&format!("SELECT {expression} FROM t")),
            sql(&format!("SELECT a FROM t WHERE {expression}")),
            FlightDescriptor::new_cmd(filter),
        ] {
            refused_for(&mut flight, request, expression, reason).await;
        }
    }
    let tables = |count: usize, table: fn(usize) -> String| (0..count).map(table).collect::<Vec<_>>();
    let ctes = tables(20_000, |number| format!("a{} AS (SELECT a FROM a{number})", number + 1));
    let doubled = tables(30, |number| {
        format!("a{} AS (SELECT a + a AS a FROM a{number})", number + 1)
    });
    let crossed = tables(40, |number| format!("t AS t{number}")).join(",");
    let statements = [
        (vec!["SELECT 1"; 2002].join(" UNION ALL "), "operators"),
        (vec!["SELECT a FROM t"; 501].join(" UNION ALL "), "tables"),
        (
            format!(
                "SELECT 1 FROM {}",
                tables(20_000, |number| format!("t AS t{number}")).join(",")
            ),
            "tables",
        ),
        (format!("SELECT 1 FROM t{}", " NATURAL JOIN t".repeat(20_000)), "tables"),
        (
            format!("WITH a0 AS (SELECT a FROM t), {} SELECT 1", ctes.join(",")),
            "tables",
        ),
        (
            format!("SELECT * FROM {}", nested("(SELECT a FROM ", "t", ")")),
            "nested",
        ),
        // What grows when it is put into one another, and what is small alone.
        (
            format!(
                "WITH a0 AS (SELECT a FROM t), {} SELECT * FROM a30 WHERE a > 1",
                doubled.join(",")
            ),
            "steps",
        ),
        (
            format!(
                "SELECT {} FROM t",
                tables(300, |number| format!("sum(a) OVER (ORDER BY a + {number})")).join(",")
            ),
            "windows",
        ),
        (
            format!("SELECT 1 FROM (SELECT t1.a FROM {crossed}) x, (SELECT t1.a FROM {crossed}) y"),
            "without a condition",
        ),
        ("[".repeat(100_000), "operators"),
        (format!("SELECT '{}", "'".repeat(100_000)), "string literal"),
        (format!("EXPLAIN SELECT {}", chain("+1", 50_000)), "operators"),
        (" ".repeat(2 << 20), "bytes long"),
    ];
    for (statement, reason) in &statements {
        refused_for(&mut flight, sql(statement), statement, reason).await;
    }
    let json = FlightDescriptor::new_cmd(format!("{{\"dataset\": {}", "[".repeat(100_000)));
    refused_for(&mut flight, json, "{{[[[[[[[[[[[[[[[[[[[", "JSON").await;
    assert_eq!(rows(&mut flight, "t").await.unwrap(), ["1"]);
}

async fn refused_for(flight: &mut Flight, request: FlightDescriptor, text: &str, reason: &str) {
    let shown = &text[..20];
    let status = ask(flight, request).await.expect_err(shown);
    assert_eq!(status.code(), Code::InvalidArgument, "{shown}…: {status}");
    assert!(
        status.message().contains(reason),
        "{shown}…: not {reason:?} but {}",
        status.message()
    );
}

/// What people and their tools write is far below those limits, or just below.
#[tokio::test(flavor = "multi_thread")]
async fn a_long_statement_is_answered() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("t.csv"), "a\n1\n2000000\n3\n").unwrap();
    let server = Binary::serve(&[folder.path().to_str().unwrap()]);
    let mut flight = connect(server.url()).await;
    let numbers: Vec<_> = (3..50_000).map(|number| number.to_string()).collect();
    let listed = format!("SELECT a FROM t WHERE a IN ({})", numbers.join(","));
    assert_eq!(ask(&mut flight, sql(&listed)).await.unwrap(), ["3"]);
    let numbers: Vec<_> = (3..120_000).map(|number| number.to_string()).collect();
    let listed = format!(
        "SELECT b FROM (SELECT a AS b FROM t) WHERE b IN ({})",
        numbers.join(",")
    );
    assert_eq!(ask(&mut flight, sql(&listed)).await.unwrap(), ["3"]);
    // A prepared statement is optimized when it is executed: once, or each time if it asks for the moment.
    for moment in ["", " AND now() > TIMESTAMP '2020-01-01'"] {
        let statement = prepare(&mut flight, &format!("{listed}{moment}")).await;
        for _ in 0..2 {
            let asked = prepared(&statement.prepared_statement_handle);
            assert_eq!(ask(&mut flight, asked).await.unwrap(), ["3"], "{moment}");
        }
    }
    let either: Vec<_> = (3..900).map(|number| format!("a = {number}")).collect();
    let either = format!("SELECT a FROM t WHERE {}", either.join(" OR "));
    assert_eq!(ask(&mut flight, sql(&either)).await.unwrap(), ["3"]);
    let links = " IS NULL".repeat(1999);
    assert_eq!(
        ask(&mut flight, sql(&format!("SELECT a{links} FROM t LIMIT 1")))
            .await
            .unwrap(),
        ["false"]
    );
    let columns: Vec<_> = (0..3000).map(|number| format!("t.a AS \"value {number}\"")).collect();
    let wide = ask(
        &mut flight,
        sql(&format!("SELECT {} FROM t LIMIT 1", columns.join(", "))),
    )
    .await
    .unwrap();
    assert_eq!(wide, [vec!["1"; 3000].join("|")]);
    let union = vec!["SELECT a FROM t"; 100].join(" UNION ALL ");
    assert_eq!(ask(&mut flight, sql(&union)).await.unwrap().len(), 300);
}
