//! A QR code as a crisp PNG.

use image::{ExtendedColorType, ImageEncoder, codecs::png::PngEncoder};
use qrcode::{Color, EcLevel, QrCode};

/// Light modules around the code, as the standard asks.
const QUIET: usize = 4;
/// The picture is about this many pixels wide: it fits a phone's page unscaled, so its modules stay crisp.
const WIDTH: usize = 340;

/// Why there is no picture.
#[derive(Debug, thiserror::Error)]
pub(super) enum QrImageError {
    #[error("draw the QR code: {0}")]
    TooLong(#[from] qrcode::types::QrError),
    #[error("encode the QR code's picture")]
    Encode(#[from] image::ImageError),
}

/// A picture of a QR code.
#[derive(Clone, Debug)]
pub(super) struct QrImage {
    pub(super) png: Vec<u8>,
    /// Pixels.
    pub(super) side: usize,
}

impl QrImage {
    /// Draws `text`; a few milliseconds of work, so not for a thread that serves others.
    pub(super) fn draw(text: &str) -> Result<Self, QrImageError> {
        let code = QrCode::with_error_correction_level(text, EcLevel::M)?;
        let modules = code.width();
        let pixels = (WIDTH / (modules + 2 * QUIET)).max(3);
        let side = (modules + 2 * QUIET) * pixels;
        let mut grey = vec![255_u8; side * side];
        for (at, color) in code.to_colors().into_iter().enumerate() {
            if color == Color::Dark {
                let (left, top) = ((at % modules + QUIET) * pixels, (at / modules + QUIET) * pixels);
                for row in grey.chunks_mut(side).skip(top).take(pixels) {
                    row[left..left + pixels].fill(0);
                }
            }
        }
        let mut png = Vec::new();
        let edge = u32::try_from(side).unwrap_or(u32::MAX);
        PngEncoder::new(&mut png).write_image(&grey, edge, edge, ExtendedColorType::L8)?;
        Ok(Self { png, side })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_drawn_can_be_read() {
        for text in ["x".to_owned(), "Đơn hàng số 1 ".repeat(12)] {
            let drawn = QrImage::draw(&text).unwrap();
            let picture = image::load_from_memory(&drawn.png).unwrap().into_luma8();
            assert_eq!(picture.width() as usize, drawn.side);
            let (width, height) = (drawn.side, drawn.side);
            let mut prepared = rqrr::PreparedImage::prepare_from_greyscale(width, height, |x, y| {
                picture.get_pixel(u32::try_from(x).unwrap(), u32::try_from(y).unwrap()).0[0]
            });
            let (_, read) = prepared.detect_grids()[0].decode().unwrap();
            assert_eq!(read, text);
        }
        assert!(QrImage::draw(&"x".repeat(5000)).is_err());
    }
}
