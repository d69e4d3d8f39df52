//! The shortest Flight server over DataFusion: a ticket is a table's name or a query, its batches go to arrow-flight's
//! encoder.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;

use arrow_flight::encode::FlightDataEncoderBuilder;
use arrow_flight::error::FlightError;
use arrow_flight::flight_service_server::{FlightService, FlightServiceServer};
use arrow_flight::{
    Action, ActionType, Criteria, Empty, FlightData, FlightDescriptor, FlightEndpoint, FlightInfo, HandshakeRequest,
    HandshakeResponse, PollInfo, PutResult, SchemaResult, Ticket,
};
use datafusion::datasource::MemTable;
use datafusion::prelude::{CsvReadOptions, ParquetReadOptions, SessionContext};
use futures::{Stream, StreamExt, TryStreamExt};
use tonic::transport::Server;
use tonic::transport::server::TcpIncoming;
use tonic::{Request, Response, Status, Streaming};

/// Serves the files of `folder`: `csv/NAME`, `parquet/NAME`, and `memory/NAME`, which is the CSV file once it was read.
/// `ready` is told its URL.
pub(crate) fn serve(folder: &Path, ready: impl FnOnce(String)) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        // As tonic has it where it binds the port itself: without, small answers wait 40 ms for each other.
        let incoming = TcpIncoming::bind(SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
        let incoming = incoming.with_nodelay(Some(true));
        let rival = Rival {
            context: context(folder).await,
        };
        ready(format!("grpc://{}", incoming.local_addr().unwrap()));
        let server = Server::builder().add_service(FlightServiceServer::new(rival));
        server.serve_with_incoming(incoming).await.unwrap();
    });
}

async fn context(folder: &Path) -> SessionContext {
    let context = SessionContext::new();
    for path in files(&folder.join("csv")) {
        let (name, path) = (path.file_stem().unwrap().to_str().unwrap(), path.to_str().unwrap());
        // Its reader works on several parts of a file only if it may believe every line end.
        let options = CsvReadOptions::new()
            .newlines_in_values(name == "wide")
            .schema_infer_max_records(10_000);
        let schema = context.read_csv(path, options.clone()).await.unwrap();
        let schema = Arc::clone(schema.schema().inner());
        let options = options.schema(&schema);
        context
            .register_csv(format!("csv/{name}"), path, options)
            .await
            .unwrap();
    }
    for path in files(&folder.join("parquet")) {
        let (name, path) = (path.file_stem().unwrap().to_str().unwrap(), path.to_str().unwrap());
        let options = ParquetReadOptions::default();
        context
            .register_parquet(format!("parquet/{name}"), path, options)
            .await
            .unwrap();
    }
    context
}

/// The files of a folder; none if it is not there.
fn files(folder: &Path) -> impl Iterator<Item = PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten();
    entries.map(|entry| entry.unwrap().path())
}

struct Rival {
    context: SessionContext,
}

type Answers<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

impl Rival {
    /// The rows of a table; one from memory is read at its first use.
    async fn rows(&self, name: &str) -> datafusion::error::Result<datafusion::execution::SendableRecordBatchStream> {
        if let Some(file) = name.strip_prefix("memory/")
            && !self.context.table_exist(format!("\"{name}\"").as_str())?
        {
            let frame = self.context.table(format!("\"csv/{file}\"").as_str()).await?;
            let schema = Arc::clone(frame.schema().inner());
            let table = MemTable::try_new(schema, vec![frame.collect().await?])?;
            self.context
                .register_table(format!("\"{name}\"").as_str(), Arc::new(table))?;
        }
        let query = match name.starts_with("SELECT ") {
            true => name.to_owned(),
            false => format!("SELECT * FROM \"{name}\""),
        };
        self.context.sql(&query).await?.execute_stream().await
    }

    /// The schema of a query, and a ticket for it.
    async fn info(&self, query: &str) -> datafusion::error::Result<FlightInfo> {
        let frame = self.context.sql(query).await?;
        let endpoint = FlightEndpoint::new().with_ticket(Ticket::new(query.to_owned()));
        Ok(FlightInfo::new()
            .try_with_schema(frame.schema().as_arrow())?
            .with_endpoint(endpoint))
    }
}

fn refused<T>() -> Result<T, Status> {
    Err(Status::unimplemented("this server has two methods"))
}

#[tonic::async_trait]
impl FlightService for Rival {
    type HandshakeStream = Answers<HandshakeResponse>;
    type ListFlightsStream = Answers<FlightInfo>;
    type DoGetStream = Answers<FlightData>;
    type DoPutStream = Answers<PutResult>;
    type DoActionStream = Answers<arrow_flight::Result>;
    type ListActionsStream = Answers<ActionType>;
    type DoExchangeStream = Answers<FlightData>;

    async fn do_get(&self, request: Request<Ticket>) -> Result<Response<Self::DoGetStream>, Status> {
        let name = String::from_utf8(request.into_inner().ticket.to_vec()).unwrap();
        let rows = self
            .rows(&name)
            .await
            .map_err(|error| Status::internal(error.to_string()))?;
        let schema = rows.schema();
        let batches = rows.map_err(|error| FlightError::ExternalError(Box::new(error)));
        let messages = FlightDataEncoderBuilder::new().with_schema(schema).build(batches);
        Ok(Response::new(messages.map_err(Status::from).boxed()))
    }

    async fn handshake(
        &self,
        _: Request<Streaming<HandshakeRequest>>,
    ) -> Result<Response<Self::HandshakeStream>, Status> {
        refused()
    }

    async fn list_flights(&self, _: Request<Criteria>) -> Result<Response<Self::ListFlightsStream>, Status> {
        refused()
    }

    async fn get_flight_info(&self, request: Request<FlightDescriptor>) -> Result<Response<FlightInfo>, Status> {
        let query = String::from_utf8(request.into_inner().cmd.to_vec()).unwrap();
        let info = self.info(&query).await;
        info.map(Response::new)
            .map_err(|error| Status::internal(error.to_string()))
    }

    async fn poll_flight_info(&self, _: Request<FlightDescriptor>) -> Result<Response<PollInfo>, Status> {
        refused()
    }

    async fn get_schema(&self, _: Request<FlightDescriptor>) -> Result<Response<SchemaResult>, Status> {
        refused()
    }

    async fn do_put(&self, _: Request<Streaming<FlightData>>) -> Result<Response<Self::DoPutStream>, Status> {
        refused()
    }

    async fn do_action(&self, _: Request<Action>) -> Result<Response<Self::DoActionStream>, Status> {
        refused()
    }

    async fn list_actions(&self, _: Request<Empty>) -> Result<Response<Self::ListActionsStream>, Status> {
        refused()
    }

    async fn do_exchange(&self, _: Request<Streaming<FlightData>>) -> Result<Response<Self::DoExchangeStream>, Status> {
        refused()
    }
}
