//! What a target can do: by what is configured, and by the list that says which of it shall be.

use super::{
    ConfigurationError, Flags, Origin,
    document::{AppiumSection, WalletWord},
    resolution::Resolution,
};
use crate::sandbox::{AppLocators, Capability, Device, Phone, Target};

impl Resolution<'_> {
    pub(super) fn phone(
        &mut self,
        flags: Flags,
        wallet: Option<WalletWord>,
        appium: Option<AppiumSection>,
        has_url: bool,
    ) -> Result<Phone, ConfigurationError> {
        let word = match wallet {
            _ if flags.attended => {
                self.note("wallet", "attended", Origin::Flag("--attended"));
                WalletWord::Attended
            }
            Some(word) => {
                self.note_file("wallet", format!("{word:?}").to_lowercase());
                word
            }
            None => {
                let word = if has_url { WalletWord::Web } else { WalletWord::None };
                self.note("wallet", format!("{word:?}").to_lowercase(), Origin::Default);
                word
            }
        };
        match word {
            WalletWord::Web if !has_url => Err(self.incomplete("wallet_url", "wallet_url for wallet = \"web\"")),
            WalletWord::Web => Ok(Phone::Web),
            WalletWord::Attended => Ok(Phone::Attended),
            WalletWord::None => Ok(Phone::None),
            WalletWord::Appium => {
                let Some(AppiumSection { url, capabilities, locators: l }) = appium else {
                    let way = format!("[target.{}.appium] for wallet = \"appium\"", self.name);
                    return Err(self.incomplete("appium", &way));
                };
                let webdriver =
                    self.optional_url("appium.url", Some(url), None)?.expect("a text that is given has a value");
                let locators = AppLocators {
                    account: l.account,
                    password: l.password,
                    log_in: l.log_in,
                    content: l.content,
                    scan: l.scan,
                    confirm: l.confirm,
                    receipt: l.receipt,
                };
                let capabilities = capabilities.into_iter().collect::<serde_json::Map<_, _>>().into();
                Ok(Phone::Driven(Box::new(Device { webdriver, capabilities, locators })))
            }
        }
    }

    /// What is configured can be done; a list says which of it shall be.
    pub(super) fn capabilities(
        &mut self,
        target: &mut Target,
        listed: Option<Vec<Capability>>,
    ) -> Result<(), ConfigurationError> {
        let founded = |capability| match capability {
            Capability::Levers => false,
            Capability::Webhooks => target.webhooks.is_some(),
            Capability::Shop => target.shop.is_some(),
            Capability::Portal => target.portal.is_some(),
            Capability::Dashboard => target.dashboard.is_some(),
            Capability::Wallet => !matches!(target.phone, Phone::None),
        };
        let (mut has, mut lacks) = (Vec::new(), Vec::new());
        for capability in Capability::ALL {
            let wanted = listed.as_ref().map(|listed| listed.contains(&capability));
            let levers = listed.as_ref().is_some_and(|listed| listed.contains(&Capability::Levers));
            // A twin elsewhere makes accounts with logins, and reaches this machine by itself.
            let by_levers = levers && matches!(capability, Capability::Levers | Capability::Webhooks);
            match wanted {
                Some(true) if by_levers || founded(capability) => has.push(capability),
                Some(true) => {
                    let target = self.name.to_owned();
                    let (capability, way) = (capability.word(), way(capability));
                    return Err(ConfigurationError::Unfounded { target, capability, way });
                }
                Some(false) => lacks.push((capability, "capabilities leave it out".to_owned())),
                None if founded(capability) => has.push(capability),
                None => lacks.push((capability, format!("it needs {}", way(capability)))),
            }
        }
        let words: Vec<&str> = has.iter().map(|capability| capability.word()).collect();
        let shown = if words.is_empty() { "none".to_owned() } else { words.join(", ") };
        if listed.is_some() {
            self.note_file("capabilities", shown)
        } else {
            self.note("capabilities", shown, Origin::Default)
        }
        target.capabilities = has.into_iter().collect();
        target.lacks = lacks.into_iter().collect();
        Ok(())
    }
}

/// What a capability takes.
const fn way(capability: Capability) -> &'static str {
    match capability {
        Capability::Levers => "the twin's levers, and capabilities that name them",
        Capability::Webhooks => "webhook.public_url",
        Capability::Shop => "shop_url",
        Capability::Portal => "portal with url, user and password",
        Capability::Dashboard => "dashboard with url, user and password",
        Capability::Wallet => "wallet = \"web\", \"appium\" or \"attended\"",
    }
}
