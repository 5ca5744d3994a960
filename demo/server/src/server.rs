//! Two listeners, one feed.

use std::env;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Query, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::{from_fn, map_response};
use axum::response::Response;
use axum::routing::{any, get};
use axum::{Json, Router};
use serde::Deserialize;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tower_http::services::ServeDir;

use crate::feed::{self, App};
use crate::journal::{Journal, Record};
use crate::log::Log;
use crate::socket::{Handle, SocketListener};
use crate::{Failure, Settings, origin, producer};

/// How long connections may take to finish when the server stops.
const PATIENCE: Duration = Duration::from_secs(2);

/// A running server.
pub struct Server {
    address: SocketAddr,
    cross_origin_address: SocketAddr,
    stop: watch::Sender<bool>,
    tasks: Vec<JoinHandle<Result<(), Failure>>>,
}

impl Server {
    /// Binds both ports, opens the log and starts to produce events.
    pub async fn start(settings: Settings) -> Result<Self, Failure> {
        let (listener, cross_origin_listener) = bind(&settings).await?;
        let address = listener.local_addr()?;
        let cross_origin_address = cross_origin_listener.local_addr()?;

        let data = settings.data.clone().unwrap_or_else(|| default_data(address.port()));
        if let Some(folder) = data.parent() {
            std::fs::create_dir_all(folder)?;
        }
        let log = Arc::new(Log::open(&data, settings.keep)?);

        let (stop, stopping) = watch::channel(false);
        let app =
            Arc::new(App { log: Arc::clone(&log), journal: Journal::new(), stopping: stopping.clone() });
        let site = routes(app, settings.site.as_deref())?;
        let shared = site.clone().layer(from_fn(origin::share));
        let tasks = vec![
            tokio::spawn(serve(listener, site, stopping.clone())),
            tokio::spawn(serve(cross_origin_listener, shared, stopping.clone())),
            spawn_producer(log, settings.rate, stop.clone()),
        ];
        Ok(Self { address, cross_origin_address, stop, tasks })
    }

    /// Where the page is.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where the same is served as another origin, with CORS.
    pub fn cross_origin_address(&self) -> SocketAddr {
        self.cross_origin_address
    }

    /// Returns when the server stops by itself, because it cannot go on.
    pub async fn stopping(&self) {
        feed::stopped(&mut self.stop.subscribe()).await;
    }

    /// Ends all connections in good order, and the log.
    pub async fn stop(self) -> Result<(), Failure> {
        self.stop.send_replace(true);
        for task in self.tasks {
            // A client that reads nothing can keep a connection open for ever.
            if let Ok(finished) = timeout(PATIENCE, task).await {
                finished??;
            }
        }
        Ok(())
    }
}

/// The port of the settings and the next one. For port 0, both are free ones.
async fn bind(settings: &Settings) -> Result<(TcpListener, TcpListener), Failure> {
    let attempts = if settings.port == 0 { 20 } else { 1 };
    let mut failure: Failure = "there is no port after 65535".into();
    for _ in 0..attempts {
        let listener = TcpListener::bind((settings.host, settings.port)).await.map_err(|error| {
            format!("port {} of {} cannot be used: {error}", settings.port, settings.host)
        })?;
        let Some(next) = listener.local_addr()?.port().checked_add(1) else { continue };
        match TcpListener::bind((settings.host, next)).await {
            Ok(cross_origin) => return Ok((listener, cross_origin)),
            Err(error) => {
                failure = format!("port {next} of {} cannot be used: {error}", settings.host).into()
            }
        }
    }
    Err(failure)
}

fn default_data(port: u16) -> PathBuf {
    env::temp_dir().join(format!("everstream-demo-{port}.redb"))
}

fn routes(app: Arc<App>, site: Option<&Path>) -> Result<Router, Failure> {
    let router = Router::new()
        .route("/events", any(feed::events))
        .route("/journal", get(journal))
        .route("/latest", get(async |State(app): State<Arc<App>>| app.log.latest().to_string()))
        .route("/health", get(async || "ok"));
    let router = match site {
        Some(folder) if folder.is_dir() => router.fallback_service(ServeDir::new(folder)),
        Some(folder) => {
            return Err(
                format!("EVERSTREAM_SITE is {}, and there is no such folder", folder.display()).into()
            );
        }
        None => router.fallback(async || {
            (StatusCode::NOT_FOUND, "There is no page here: EVERSTREAM_SITE is not set.\n")
        }),
    };
    Ok(router.layer(map_response(always_asked_for)).with_state(app))
}

/// Pages are rebuilt while the server runs, and everything else here is new each time. What must not be stored at all says
/// so itself: a page that says so never gets into the back/forward cache.
async fn always_asked_for(mut response: Response) -> Response {
    let cache = response.headers_mut().entry(header::CACHE_CONTROL);
    cache.or_insert(HeaderValue::from_static("no-cache"));
    response
}

#[derive(Deserialize)]
struct Filter {
    run: Option<String>,
}

async fn journal(State(app): State<Arc<App>>, Query(filter): Query<Filter>) -> Json<Vec<Record>> {
    Json(app.journal.records(filter.run.as_deref()))
}

async fn serve(
    listener: TcpListener,
    router: Router,
    mut stopping: watch::Receiver<bool>,
) -> Result<(), Failure> {
    axum::serve(SocketListener(listener), router.into_make_service_with_connect_info::<Handle>())
        .with_graceful_shutdown(async move { feed::stopped(&mut stopping).await })
        .await?;
    Ok(())
}

/// Without events there is nothing to serve, so that a producer that fails stops the server.
fn spawn_producer(log: Arc<Log>, rate: f64, stop: watch::Sender<bool>) -> JoinHandle<Result<(), Failure>> {
    tokio::task::spawn_blocking(move || {
        let result = producer::produce(&log, rate, &stop.subscribe());
        stop.send_replace(true);
        result
    })
}
