//! Whether pages were in Vietnamese, with every letter right.

use crate::browser::MetPage;
use crate::catalog::ATM_CARDS;
use crate::journal::Failure;

/// What Vietnamese letters turn into when UTF-8 is read as Latin-1 or Windows-1252, and the sign of undecodable bytes.
const BROKEN: [&str; 9] = ["Ã¡", "Ã\u{a0}", "Ã´", "Ãª", "áº", "á»", "Æ°", "Ä\u{91}", "\u{fffd}"];

/// Fewer words with a Vietnamese letter could be names on a page in another language.
const WORDS: usize = 5;

/// Letters that Vietnamese has and English has not.
const LETTERS: &str = "ăâđêôơưàảãáạằẳẵắặầẩẫấậèẻẽéẹềểễếệìỉĩíịòỏõóọồổỗốộờởỡớợùủũúụừửữứựỳỷỹýỵ";

/// Each page declared itself Vietnamese, showed Vietnamese letters and no broken ones.
///
/// # Errors
/// Names the first page that did not, and what it showed.
pub fn expect_vietnamese(pages: &[MetPage]) -> Result<(), Failure> {
    if pages.is_empty() {
        return Err(Failure::unmet("the pages of a payment", "no page at all"));
    }
    for page in pages {
        let name = &page.name;
        if !page.language.to_lowercase().starts_with("vi") {
            return Err(Failure::unmet(format!("{name} to be in Vietnamese"), format!("language {:?}", page.language)));
        }
        if let Some(broken) = BROKEN.iter().find(|broken| page.text.contains(*broken)) {
            return Err(Failure::unmet(format!("{name} with every letter right"), format!("{broken:?} in its text")));
        }
        // The bank's name and the amounts are Vietnamese on any page.
        let own = page.text.replace(ATM_CARDS[0].bank, "").to_lowercase();
        let words = own.split(|c: char| !c.is_alphabetic()).filter(|word| word.chars().any(|c| LETTERS.contains(c)));
        if words.count() < WORDS {
            return Err(Failure::unmet(format!("Vietnamese wording on {name}"), excerpt(&page.text)));
        }
    }
    Ok(())
}

fn excerpt(text: &str) -> String {
    text.chars().take(120).collect()
}
