//! `twin`: the embedded sandbox alone.

use super::{
    Exit, TwinArgs,
    interruption::Interruption,
    output::{complain, print},
};
use crate::catalog::fault;
use crate::twin::{Twin, TwinConfig};
use anyhow::Context;

pub(super) fn twin(args: &TwinArgs) -> Exit {
    match serve(args) {
        Ok(()) => Exit::Conforming,
        Err(error) => complain(&error, Exit::Misconfigured),
    }
}

fn serve(args: &TwinArgs) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().context("start a thread")?;
    runtime.block_on(async {
        // Whoever reads the banner may send a signal at once.
        let interruption = Interruption::listen(None).context("listen for signals")?;
        let twin = Twin::start(TwinConfig { listen: args.listen, seed: args.seed })?;
        for id in &args.fault {
            twin.twin().faults.plant(fault(id)?.clone(), None)?;
        }
        print(&twin.banner())?;
        interruption.reason().await;
        twin.stop();
        Ok(())
    })
}
