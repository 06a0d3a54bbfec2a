//! What the runner needs of a world, so that its own tests can bring another.

use crate::{
    journal::{Failure, Scribe},
    sandbox::{Capability, Target},
    steps::{ShopStage, ShopWorld, Stage, World},
};
use std::sync::Arc;

/// What a run lends to every scenario.
pub trait Staging: 'static {
    /// What is driven.
    fn target(&self) -> &Target;

    /// What keeps a capability that the target has from being used in this run, if anything does.
    fn prevents(&self, _capability: Capability) -> Option<Failure> {
        None
    }

    /// Gives back what the run acquired, whatever became of its scenarios.
    fn close(&self) -> impl Future<Output = ()> {
        async {}
    }
}

/// The state of one attempt, on a stage.
pub trait StagedWorld: cucumber::World + cucumber::codegen::WorldInventory + std::fmt::Debug {
    type Stage: Staging;

    /// Gives a fresh world its stage, before the first step.
    fn enter(&mut self, stage: Arc<Self::Stage>, scribe: Scribe);

    /// Gives back what the attempt acquired, after the last step.
    ///
    /// # Errors
    /// A leak fails the scenario.
    fn leave(&mut self, failed: bool) -> impl Future<Output = Result<(), Failure>>;
}

impl Staging for Stage {
    fn target(&self) -> &Target {
        &self.target
    }

    fn prevents(&self, capability: Capability) -> Option<Failure> {
        if capability == Capability::Webhooks { self.inbox.as_ref().err().cloned() } else { None }
    }

    async fn close(&self) {
        self.pool.shutdown().await;
    }
}

impl StagedWorld for World {
    type Stage = Stage;

    fn enter(&mut self, stage: Arc<Stage>, scribe: Scribe) {
        Self::enter(self, stage, scribe);
    }

    async fn leave(&mut self, failed: bool) -> Result<(), Failure> {
        Self::leave(self, failed).await
    }
}

impl Staging for ShopStage {
    fn target(&self) -> &Target {
        &self.stage.target
    }

    async fn close(&self) {
        self.pulse.stop();
        self.stage.pool.shutdown().await;
    }
}

impl StagedWorld for ShopWorld {
    type Stage = ShopStage;

    fn enter(&mut self, stage: Arc<ShopStage>, scribe: Scribe) {
        Self::enter(self, stage, scribe);
    }

    async fn leave(&mut self, failed: bool) -> Result<(), Failure> {
        Self::leave(self, failed).await
    }
}
