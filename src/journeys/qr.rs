//! The QR page: looking at the picture as a phone would.

use super::{Arrival, arrive};
use crate::browser::Session;
use crate::journal::Failure;
use crate::sandbox::ReturnUrls;
use crate::wire::qr::QrPayload;

/// What a phone read from the picture.
#[derive(Clone, Debug)]
pub struct ScannedQr {
    pub text: String,
    pub payload: QrPayload,
}

/// Takes the picture from the page and decodes it.
///
/// # Errors
/// When there is no picture, no QR in it, or no payment in the QR.
pub async fn look(session: &mut Session) -> Result<ScannedQr, Failure> {
    session.await_page(&["qr"]).await?;
    let png = session.element_png("qr.image").await?;
    // Decoding is heavy, and all scenarios share one task.
    let text = tokio::task::spawn_blocking(move || decode(&png))
        .await
        .map_err(|error| Failure::blocked("the QR to be decoded", error.to_string()))??;
    let payload = QrPayload::parse(&text)
        .map_err(|error| Failure::unmet("a QR that holds a payment", format!("failed to {error}: {text:?}")))?;
    Ok(ScannedQr { text, payload })
}

fn decode(png: &[u8]) -> Result<String, Failure> {
    let picture = image::load_from_memory(png)
        .map_err(|error| Failure::unmet("a picture of a QR", error.to_string()))?
        .into_luma8();
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    let mut prepared = rqrr::PreparedImage::prepare_from_greyscale(width, height, |x, y| {
        #[expect(clippy::cast_possible_truncation, reason = "coordinates come from the picture's own u32 size")]
        let pixel = picture.get_pixel(x as u32, y as u32);
        pixel.0[0]
    });
    let grids = prepared.detect_grids();
    let grid = grids.first().ok_or_else(|| Failure::unmet("a QR in the picture", "a picture without a QR"))?;
    let (_, text) = grid.decode().map_err(|error| Failure::unmet("a QR that can be decoded", error.to_string()))?;
    Ok(text)
}

pub async fn cancel(session: &mut Session, urls: &ReturnUrls) -> Result<Arrival, Failure> {
    session.await_page(&["qr"]).await?;
    session.press("qr.cancel").await?;
    arrive(session, urls).await
}

/// Goes back to the shop without having paid or cancelled.
pub async fn leave(session: &mut Session, urls: &ReturnUrls) -> Result<Arrival, Failure> {
    session.await_page(&["qr"]).await?;
    session.press("qr.return").await?;
    arrive(session, urls).await
}
