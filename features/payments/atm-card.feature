Feature: Paying by ATM card
  The payer chooses a bank, types a domestic card on the NAPAS page and confirms the payment with an OTP.

  Rule: The documented test card pays, once its OTP is confirmed
    Green means that a payer with the documented card was led from the order to the shop's success page, and that the
    merchant can read the payment from the vendor. It does not claim that any other card or bank pays.

    @ATM-01 @AVAIL-03 @REDIR-01
    Scenario: Paid with the documented card
      Given an order of 250,000 VND to be paid by ATM card
      When the payer pays with the documented ATM card
      Then the payer is back on the shop's success page
      And the redirect carries a genuine signature
      And the merchant reads that 250,000 VND were paid

    @ATM-05
    Scenario Outline: The OTP is accepted as <typed>
      Given an order of 250,000 VND to be paid by ATM card
      And the payer has entered the documented ATM card
      When the payer types the OTP in <typed>
      Then the payer is back on the shop's success page
      And the merchant reads that 250,000 VND were paid

      Examples:
        | typed         |
        | lower case    |
        | mixed case    |

  Rule: The payer sees the right bank and is asked for the right date
    Green means that the pages showed the bank's name with every Vietnamese letter right, and asked for the date from
    which the card is valid, never for an expiry date. It does not claim that the list of banks is complete.

    @ATM-02
    Scenario: The bank is named correctly
      Given an order of 250,000 VND to be paid by ATM card
      When the payer has entered the documented ATM card
      Then the OTP page names the bank of the documented ATM card

    @ATM-03
    Scenario: The card is identified by its issue date
      Given an order of 250,000 VND to be paid by ATM card
      When the payer chooses the bank of the documented ATM card
      Then the card page asks for the issue date and not for an expiry date

  Rule: A wrong OTP does not pay
    Green means that the bank's page said so and that the merchant read an open payment at that moment.

    @ATM-04
    Scenario: A wrong OTP is refused, and the right one is still accepted
      Given an order of 250,000 VND to be paid by ATM card
      And the payer has entered the documented ATM card
      When the payer types a wrong OTP for the ATM card
      Then the bank's page says that the OTP was wrong
      And the merchant reads that the payment is still open
      When the payer types the right OTP for the ATM card
      Then the payer is back on the shop's success page
      And the merchant reads that 250,000 VND were paid

    @ATM-04 @REDIR-02
    Scenario: Too many wrong OTPs end the payment
      Given an order of 250,000 VND to be paid by ATM card
      And the payer has entered the documented ATM card
      When the payer types wrong OTPs for the ATM card until the bank gives up
      Then the payer is back on the shop's failure page
      And the redirect carries a genuine signature
      And the merchant reads that the payment failed because of the OTP

  Rule: A payer who cancels is not charged
    Green means that the payer came back to the shop's failure page and that the merchant reads a failed payment
    with the reason. It does not claim that the bank's own books were inspected.

    @ATM-06
    Scenario: Cancelled before the card is entered
      Given an order of 250,000 VND to be paid by ATM card
      When the payer cancels on the ATM card page
      Then the payer is back on the shop's failure page
      And the merchant reads that the payment failed because the payer cancelled

    @ATM-06
    Scenario: Cancelled at the OTP
      Given an order of 250,000 VND to be paid by ATM card
      And the payer has entered the documented ATM card
      When the payer cancels on the ATM card's OTP page
      Then the payer is back on the shop's failure page
      And the merchant reads that the payment failed because the payer cancelled

  Rule: Each sibling of the test card is refused for its own reason
    Green means that a card made to be refused was refused, and that the merchant can read why. That SmartPay passes
    these reasons on unchanged is inferred.

    @ATM-07
    Scenario Outline: Refused with <card>
      Given an order of 250,000 VND to be paid by ATM card
      When the payer pays with <card>
      Then the payer is back on the shop's failure page
      And the merchant reads that the payment failed because <reason>

      Examples:
        | card                                | reason                       |
        | the ATM card that is locked         | the card is blocked          |
        | the ATM card without funds          | of insufficient funds        |
        | the ATM card that is over its limit | the amount is over the limit |
