Feature: Paying by credit card
  The payer types a credit card on SmartPay's page and confirms the payment with a one-time password (OTP)
  on a page of the card's issuer.

  Rule: The documented test card pays, once its OTP is confirmed
    Green means that a payer with the documented card was led from the order to the shop's success page, and that the
    merchant can read the payment from the vendor. It does not claim that any other card pays.

    @CARD-01 @AVAIL-01 @CHAN-01 @REDIR-01
    Scenario: Paid with the documented card
      Given an order of 500,000 VND to be paid by credit card
      When the payer pays with the documented credit card
      Then the payer is back on the shop's success page
      And the redirect carries a genuine signature
      And the merchant reads that 500,000 VND were paid

    @CARD-01
    Scenario: The smallest amount is charged to the last digit
      Given an order of 1 VND to be paid by credit card
      When the payer pays with the documented credit card
      Then the merchant reads that 1 VND were paid

  Rule: A wrong OTP does not pay
    Green means that the issuer's page said so and that the merchant read an open payment at that moment.
    It does not claim anything about how OTPs are made or sent.

    @CARD-02
    Scenario: A wrong OTP is refused, and the right one is still accepted
      Given an order of 500,000 VND to be paid by credit card
      And the payer has entered the documented credit card
      When the payer types a wrong OTP
      Then the issuer's page says that the OTP was wrong
      And the merchant reads that the payment is still open
      When the payer types the right OTP
      Then the payer is back on the shop's success page
      And the merchant reads that 500,000 VND were paid

    @CARD-03 @REDIR-02
    Scenario: Too many wrong OTPs end the payment
      Given an order of 500,000 VND to be paid by credit card
      And the payer has entered the documented credit card
      When the payer types wrong OTPs until the issuer gives up
      Then the payer is back on the shop's failure page
      And the redirect carries a genuine signature
      And the merchant reads that the payment failed because of the OTP

  Rule: A payer who cancels is not charged
    Green means that the payer came back to the shop's failure page and that the merchant reads a failed payment
    with the reason. It does not claim that the issuer's own books were inspected.

    @CARD-04 @REDIR-02
    Scenario: Cancelled before the card is entered
      Given an order of 500,000 VND to be paid by credit card
      When the payer cancels on the card page
      Then the payer is back on the shop's failure page
      And the redirect carries a genuine signature
      And the merchant reads that the payment failed because the payer cancelled

    @CARD-04
    Scenario: Cancelled at the OTP
      Given an order of 500,000 VND to be paid by credit card
      And the payer has entered the documented credit card
      When the payer cancels on the issuer's page
      Then the payer is back on the shop's failure page
      And the merchant reads that the payment failed because the payer cancelled

  Rule: Each sibling of the test card has its own outcome
    Green means that a card made to be refused was refused, and that the merchant can read why. That SmartPay's
    acquirer honours these cards is inferred from the documented card's family.

    @CARD-05
    Scenario Outline: Refused with <card>
      Given an order of 500,000 VND to be paid by credit card
      When the payer pays with <card>
      Then the payer is back on the shop's failure page
      And the merchant reads that the payment failed because <reason>

      Examples:
        | card                                             | reason                     |
        | the credit card whose challenge fails            | of the 3-D Secure check    |
        | the credit card whose challenge is unavailable   | of the 3-D Secure check    |
        | the credit card whose issuer has a system error  | SmartPay could not be used |
