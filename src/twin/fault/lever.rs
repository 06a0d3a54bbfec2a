//! `/_twin/faults`: switches faults on and off while the twin runs.

use super::PlantError;
use crate::catalog::{Fault, fault, faults};
use crate::twin::Twin;
use crate::twin::levers::{Moved, Stuck, find, read};
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;
use axum::{Json, Router};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use serde_json::{Value, json};
use std::sync::Arc;

pub(in crate::twin) fn levers() -> Router<Arc<Twin>> {
    Router::new().route("/_twin/faults", get(list).post(plant).delete(clear))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FaultWish {
    /// The one account that suffers from it; all if absent.
    account: Option<String>,
    fault: FaultNamed,
}

/// A fault of the catalogue by its id, or one of whoever asks.
enum FaultNamed {
    Id(String),
    Own(Box<Fault>),
}

// An untagged enumeration would not say which word of a fault it does not know.
impl<'de> Deserialize<'de> for FaultNamed {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Value::deserialize(deserializer)? {
            Value::String(id) => Ok(Self::Id(id)),
            own => serde_json::from_value(own).map(Self::Own).map_err(D::Error::custom),
        }
    }
}

/// Switches a fault on.
async fn plant(State(twin): State<Arc<Twin>>, body: Bytes) -> Result<(StatusCode, Json<Value>), Stuck> {
    let wish: FaultWish = read(&body)?;
    if let Some(key) = &wish.account {
        find(&twin, key)?;
    }
    let wanted = match wish.fault {
        FaultNamed::Id(id) => {
            fault(&id).map_err(|error| Stuck(StatusCode::NOT_FOUND, format!("failed to {error}")))?.clone()
        }
        FaultNamed::Own(fault) => *fault,
    };
    twin.faults.plant(wanted, wish.account).map_err(senseless)?;
    Ok((StatusCode::CREATED, Json(json!({ "on": twin.faults.ids() }))))
}

/// Which faults are on, and which there are.
async fn list(State(twin): State<Arc<Twin>>) -> Json<Value> {
    Json(json!({ "on": twin.faults.ids(), "known": faults() }))
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Clearance {
    account: Option<String>,
}

/// Switches faults off: those of one account, or all.
async fn clear(State(twin): State<Arc<Twin>>, body: Bytes) -> Moved {
    let clearance: Clearance = if body.is_empty() { Clearance::default() } else { read(&body)? };
    twin.faults.clear(clearance.account.as_deref());
    Ok(Json(json!({ "on": twin.faults.ids() })))
}

fn senseless(error: PlantError) -> Stuck {
    let status = match error {
        PlantError::Senseless { .. } => StatusCode::BAD_REQUEST,
        PlantError::TooMany(_) => StatusCode::CONFLICT,
    };
    Stuck(status, format!("failed to {error}"))
}
