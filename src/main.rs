//! The commands of the program.

mod heaps;

use clap::{Args, Parser, Subcommand};
use clientele::commerce::{ledger, stats};
use clientele::messages::{delivery, reports};
use clientele::office::settings::ShopSettings;
use clientele::office::staff::account;
use clientele::office::{apikeys, backup, demo};
use clientele::server::config::{Config, Options};
use clientele::server::keys::Keys;
use clientele::server::{AppState, Clock, Db, router, telemetry};
use leptos::config::LeptosOptions;
use std::net::SocketAddr;
use std::time::Duration;

/// The customer back office of an online shop.
#[derive(Parser)]
#[command(version, propagate_version = true)]
struct Cli {
    #[command(flatten)]
    options: Options,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Starts the server (the default).
    Serve(Serve),
    /// Brings the database's schema up to date.
    Migrate,
    /// Makes the first owner; the password comes from `CLIENTELE_OWNER_PASSWORD` or standard input.
    CreateOwner(CreateOwner),
    /// Fills an empty database with a made-up shop.
    Demo(demo::DemoArgs),
    /// Recomputes the statistics of all customers and days from their orders, refunds and visits.
    RebuildStats(stats::RebuildArgs),
    /// Recomputes every balance of store credit, gift cards and points, and lists what differs.
    CheckLedgers(ledger::CheckArgs),
    /// Keys of programs that use the REST API.
    #[command(subcommand)]
    ApiKey(apikeys::command::KeyCommand),
    /// Bounces, complaints, and the secret of those who report them.
    #[command(subcommand)]
    Mail(reports::command::MailCommand),
    /// Writes a copy of the embedded database to a file, while the server goes on.
    Backup(backup::BackupArgs),
    /// Replaces the embedded database by a backup.
    Restore(backup::RestoreArgs),
}

#[derive(Args, Default)]
struct Serve {
    /// Prints the configuration in force, without secrets, and stops.
    #[arg(long)]
    print_config: bool,
}

#[derive(Args)]
struct CreateOwner {
    #[arg(long)]
    name: String,
    #[arg(long)]
    email: String,
}

fn main() {
    heaps::share();
    start();
}

#[tokio::main]
async fn start() {
    if let Err(error) = run(Cli::parse()).await {
        eprintln!("clientele: {error:#}");
        std::process::exit(1);
    }
}

async fn run(cli: Cli) -> anyhow::Result<()> {
    let config = Config::load(&cli.options)?;
    telemetry::start_logging(&config);
    match cli.command.unwrap_or(Command::Serve(Serve::default())) {
        Command::Serve(serve) if serve.print_config => print!("{}", config.to_toml_without_secrets()),
        Command::Serve(_) => serve(config).await?,
        Command::Migrate => {
            open(&config).await?.close().await;
            println!("The database is up to date.");
        }
        Command::CreateOwner(owner) => create_owner(config, owner).await?,
        Command::Demo(args) => demo::run(&args, &open(&config).await?, &Clock::System).await?,
        Command::RebuildStats(args) => stats::run(&args, &open(&config).await?).await?,
        Command::CheckLedgers(args) => ledger::run(&args, &open(&config).await?).await?,
        Command::ApiKey(command) => apikeys::command::run(&command, &open(&config).await?, &Clock::System).await?,
        Command::Mail(command) => reports::command::run(&command, &state(config).await?).await?,
        Command::Backup(args) => backup::run(&args, &config.database_url).await?,
        Command::Restore(args) => backup::restore(&args, &config.database_url).await?,
    }
    Ok(())
}

/// Connects and migrates.
async fn open(config: &Config) -> anyhow::Result<Db> {
    let db = Db::connect(&config.database_url).await?;
    db.migrate().await?;
    Ok(db)
}

async fn state(config: Config) -> anyhow::Result<AppState> {
    let db = open(&config).await?;
    let keys = Keys::load(&config.data_dir)?;
    let exe = std::env::current_exe().unwrap_or_default();
    let leptos = LeptosOptions::builder()
        .output_name("clientele")
        .site_root(config.site_root.display().to_string())
        .site_addr(config.listen)
        // Written beside the binary by the build; without it (no site built) names carry no hash.
        .hash_files(exe.with_file_name("hash.txt").is_file())
        .build();
    AppState::new(db, Clock::System, config, keys, leptos).await
}

async fn serve(config: Config) -> anyhow::Result<()> {
    let listen = config.listen;
    let state = state(config).await?;
    telemetry::metrics();
    let stop = state.stop.clone();
    tokio::spawn(telemetry::upkeep(stop.clone()));
    tokio::spawn(heaps::give_back(stop.clone()));
    let index = clientele::customers::start(&state, &stop);
    let mails = delivery::start(&state, &stop)?;
    reports::mailbox::start(&state, &stop)?;
    let tasks = clientele::office::start(&state, &stop).await?;
    let listener = tokio::net::TcpListener::bind(listen).await.map_err(|e| anyhow::anyhow!("cannot listen on {listen}: {e}"))?;
    tracing::info!(address = %format!("http://{}", listener.local_addr()?), "listening");
    let service = router::router(state.clone()).into_make_service_with_connect_info::<SocketAddr>();
    let shutdown = {
        let stop = stop.clone();
        async move {
            signal().await;
            stop.cancel();
        }
    };
    let server = axum::serve(listener, service).with_graceful_shutdown(shutdown);
    // Streams of events end at once; what else is under way has so long.
    tokio::select! {
        result = server.into_future() => result?,
        () = async { stop.cancelled().await; tokio::time::sleep(Duration::from_secs(5)).await } => {}
    }
    mails.await;
    tasks.await;
    index.await;
    state.db.close().await;
    tracing::info!("stopped");
    Ok(())
}

/// Ctrl-C, or SIGTERM of a service manager.
async fn signal() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! { _ = terminate.recv() => {}, _ = tokio::signal::ctrl_c() => {} }
            return;
        }
    }
    let _ = tokio::signal::ctrl_c().await;
}

async fn create_owner(config: Config, owner: CreateOwner) -> anyhow::Result<()> {
    let password = match std::env::var("CLIENTELE_OWNER_PASSWORD") {
        Ok(password) => password,
        Err(_) => {
            eprint!("Password: ");
            let mut line = String::new();
            std::io::stdin().read_line(&mut line)?;
            line.trim_end_matches(['\r', '\n']).to_owned()
        }
    };
    let state = state(config).await?;
    let made = account::create_first_owner(&state, &owner.name, &owner.email, &password).await;
    let lang = clientele::base::i18n::by_code(&ShopSettings::default().locale);
    made.map_err(|error| match error {
        clientele::base::AppError::Forbidden => anyhow::anyhow!("there is staff already; log in as an owner and invite more"),
        other => anyhow::anyhow!("{}", lang.dynamic(other.message_key())),
    })?;
    state.db.close().await;
    println!("{} can log in now.", owner.email);
    Ok(())
}
