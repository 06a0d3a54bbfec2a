//! `pages inspect`: a page as the journeys see it.

use super::{
    Exit, Format, InspectArgs,
    output::{complain, print},
};
use crate::browser::{BrowserError, Inspection, Pool, PoolConfig, Profiles, Session};
use anyhow::Context;

pub(super) fn inspect(args: InspectArgs) -> Exit {
    match carry_out(args) {
        Ok(()) => Exit::Conforming,
        Err(error) => {
            let exit = match error.downcast_ref::<BrowserError>() {
                Some(BrowserError::Profile(_)) => Exit::Defect,
                Some(_) => Exit::Blocked,
                None => Exit::Misconfigured,
            };
            complain(&error, exit)
        }
    }
}

fn carry_out(args: InspectArgs) -> anyhow::Result<()> {
    let mut profiles = Profiles::built_in()?;
    if let Some(file) = &args.profile {
        let name = file.display().to_string();
        let text = std::fs::read_to_string(file).with_context(|| format!("read the page profile {name}"))?;
        profiles = profiles.layer(&name, &text)?;
    }
    let mut config = PoolConfig::new(profiles);
    config.size = 1;
    args.browser.choose(&mut config);
    config.deadlines.page = args.within;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().context("start threads")?;
    let inspection = runtime.block_on(async {
        let pool = Pool::new(config);
        let looked = look(&pool, &args).await;
        pool.shutdown().await;
        looked
    })?;
    match args.format {
        Format::Human => print(inspection.to_string().trim_end()),
        Format::Json => print(&serde_json::to_string_pretty(&inspection).context("write the inspection")?),
    }
}

async fn look(pool: &Pool, args: &InspectArgs) -> Result<Inspection, BrowserError> {
    let mut lease = match &args.language {
        Some(language) => pool.lease_in(language, None).await?,
        None => pool.lease(None).await?,
    };
    let looked = visit(&mut lease, args).await;
    // Nobody borrows it again.
    lease.give_back(false);
    looked
}

async fn visit(session: &mut Session, args: &InspectArgs) -> Result<Inspection, BrowserError> {
    session.open(args.url.as_str()).await?;
    session.inspect_at_rest(args.within).await
}
