Feature: Paying through the checkout embedded in the shop
  The shop embeds the vendor's script as documented; the payer starts the payment from the shop's own page.

  Rule: The embedded script takes a payment by each method
    Green means that the shop's page, with the documented script and parameters and nothing else, led the payer through
    the payment and back, and that the merchant can read it. It does not claim that a particular shop embeds it correctly.

    @needs-shop
    Scenario Outline: Paid by <method> from the shop's page
      Given a shop that offers an order of 180,000 VND by <method>
      When the payer starts the payment on the shop's page
      And the payer completes the payment by <method>
      Then the payer is back on the shop's success page
      And the redirect carries a genuine signature
      And the merchant reads that 180,000 VND were paid

      @SDK-01
      Examples:
        | method      |
        | credit card |

      @SDK-02 @needs-wallet
      Examples:
        | method |
        | QR     |

      @SDK-03
      Examples:
        | method   |
        | ATM card |

  Rule: The hosted checkout inside the shop's page offers the methods
    Green means that the frame inside the shop's page offered every documented method, and that the chosen one led to a payment.

    @SDK-03 @needs-shop
    Scenario: The payer chooses the ATM card in the hosted checkout
      Given a shop that offers an order of 180,000 VND with a choice of methods
      When the payer opens the checkout on the shop's page
      Then the checkout offers credit card, QR and ATM card
      When the payer chooses the ATM card
      And the payer completes the payment by ATM card
      Then the payer is back on the shop's success page
      And the merchant reads that 180,000 VND were paid
      And the details name the ATM card as the method
