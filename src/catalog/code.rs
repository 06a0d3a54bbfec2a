//! Status codes. Source: the vendor's page of status codes; only the ones that matter to this channel.
//!
//! Families: 1000 pending, 2000 success, 4xxx validation, 5xxx system, 6xxx bank or card, 7xxx unknown, 8xxx PSP.

macro_rules! codes {
    ($($variant:ident = $number:literal $name:literal),+ $(,)?) => {
        /// A status code and its name.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Code { $($variant),+ }

        impl Code {
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// `status_code` on the wire: a string of four digits.
            #[must_use]
            pub const fn number(self) -> &'static str {
                match self { $(Self::$variant => $number),+ }
            }

            /// `status_reason` on the wire.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),+ }
            }
        }
    };
}

codes! {
    Pending = "1000" "PENDING",
    Success = "2000" "SUCCESS",
    InvalidRequest = "4001" "INVALID_REQUEST",
    DuplicateTransaction = "4002" "DUPLICATE_TRANSACTION_ERROR",
    UnauthorisedKey = "4010" "INVALID_UNAUTHORISED_TRANSACTION_IAMPORTKEY_ERROR",
    UnauthorisedSignature = "4011" "INVALID_UNAUTHORISED_TRANSACTION_SIGNATURE_ERROR",
    MerchantNotFound = "4016" "MERCHANT_NOT_FOUND",
    RefundSystemError = "4029" "REFUND_SYSTEM_ERROR",
    InvalidEnvironment = "4034" "INVALID_ENVIRONMENT",
    InvalidAmount = "4041" "INVALID_AMOUNT",
    CredsNotFound = "4044" "CREDS_NOT_FOUND",
    InvalidChannelKey = "4046" "INVALID_PAYMENT_CHANNEL_KEY",
    UnauthorisedToken = "4054" "INVALID_UNAUTHORIZED_JWT_TOKEN_ERROR",
    InvalidMethod = "4057" "INVALID_PAYMENT_METHOD",
    RefundNotAllowed = "4070" "INVALID_PAYMENT_REQUEST_REFUND_NOT_ALLOWED",
    OrderCancelled = "4071" "INVALID_TRANSACTION_ORDER_CANCELLED_ERROR",
    TransactionExpired = "4072" "TRANSACTION_EXPIRED",
    OtpVerification = "4073" "OTP_VERIFICATION_ERROR",
    InvalidCurrency = "4075" "INVALID_CURRENCY",
    PartialRefundNotAllowed = "4081" "PARTIAL_REFUND_NOT_ALLOWED",
    InvalidReference = "4096" "INVALID_REFERENCE",
    PspCommunication = "5024" "PSP_COMMUNICATION_ERROR",
    BankRefused = "6001" "BANK_REFUSED_TRANSACTION",
    FundsLimit = "6002" "FUNDS_LIMIT_ERROR",
    InvalidCardInfo = "6011" "INVALID_CARD_INFO_ERROR",
    CardExpired = "6013" "INVALID_CARD_EXPIRED_ERROR",
    CardDeclined = "6014" "INVALID_CARD_DECLINED_ERROR",
    CardBlocked = "6015" "INVALID_CARD_BLOCKED_ERROR",
    Card3ds = "6016" "INVALID_CARD_3DS_ERROR",
    ExceededMaxLimit = "6019" "EXCEEDED_MAX_LIMIT",
}

impl Code {
    /// The HTTP status of a refusal with this code, where the documentation shows one, and the same on every page.
    #[must_use]
    pub const fn http(self) -> Option<u16> {
        match self {
            Self::MerchantNotFound | Self::InvalidReference => Some(400),
            Self::UnauthorisedToken => Some(401),
            _ => None,
        }
    }
}
