Feature: Paying by QR
  The payer scans a QR on the checkout page with the wallet's test app, logs in and confirms.

  Rule: A QR is paid in the test app with the documented account
    Green means that the picture on the page could be decoded, that the test app accepted it after the documented login,
    and that the merchant can read the payment. It does not claim that a phone's camera was used.

    @QR-01 @AVAIL-02 @REDIR-01 @needs-wallet
    Scenario: Paid in the test app
      Given an order of 120,000 VND to be paid by QR
      When the payer scans the QR and pays in the test app
      Then the payer is back on the shop's success page
      And the redirect carries a genuine signature
      And the merchant reads that 120,000 VND were paid

    @QR-01 @needs-wallet
    Scenario: A QR that was paid cannot be paid again
      Given an order of 120,000 VND to be paid by QR
      And the payer has scanned the QR and paid in the test app
      When the payer scans the same QR again
      Then the test app refuses the QR
      And the merchant reads that 120,000 VND were paid

  Rule: The QR says what is to be paid
    Green means that the decoded picture carries the order's exact amount in Vietnamese dong, names the merchant
    known to SmartPay, and that its checksum is right. That SmartPay's QR follows the EMVCo format is inferred.

    @QR-02
    Scenario Outline: The QR of an order of <amount> VND carries that amount
      Given an order of <amount> VND to be paid by QR
      When the payer looks at the QR
      Then the QR asks for <amount> VND
      And the QR names the merchant known to SmartPay and no card

      Examples:
        | amount        |
        | 1             |
        | 120,000       |
        | 9,999,999,999 |

  Rule: The test app pays only after the right login
    Green means that the test app refused the login and that the merchant reads an open payment.

    @QR-03 @needs-wallet
    Scenario: A wrong password opens nothing
      Given an order of 120,000 VND to be paid by QR
      When the payer tries to log in to the test app with a wrong password
      Then the test app refuses the login
      And the merchant reads that the payment is still open

  Rule: A QR does not last for ever
    Green means that the test app refused the QR and that the merchant reads an expired payment. How long the
    real sandbox lets a QR live is taken from its own answer.

    @QR-04 @needs-levers @needs-wallet
    Scenario: An expired QR cannot be paid
      Given an order of 120,000 VND to be paid by QR
      And the payer looks at the QR
      When the time to pay has passed
      And the payer scans the same QR again
      Then the test app refuses the QR
      And the merchant reads that the payment expired

  Rule: A payer who cancels is not charged
    Green means that the payer came back to the shop's failure page and that the merchant reads a failed payment
    with the reason.

    @QR-05
    Scenario: Cancelled on the QR page
      Given an order of 120,000 VND to be paid by QR
      When the payer cancels on the QR page
      Then the payer is back on the shop's failure page
      And the merchant reads that the payment failed because the payer cancelled

  Rule: A payer may come back before the payment is decided
    Green means that the payer came back to the shop's pending page with a genuine redirect that names an open payment. How a payer
    leaves the vendor's page meanwhile is inferred.

    @REDIR-03
    Scenario: Back at the shop before the QR is paid
      Given an order of 120,000 VND to be paid by QR
      When the payer returns to the shop from the QR page
      Then the payer is back on the shop's pending page
      And the redirect says that the payment is open
      And the merchant reads that the payment is still open
