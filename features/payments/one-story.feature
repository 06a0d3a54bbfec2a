Feature: Every channel tells the same story of a payment
  A merchant learns of a payment from five places. Each is read by itself here, and none stands in for another.

  Rule: What was paid is paid everywhere
    Green means that the signed redirect, the signed webhook, the status query, the details and the merchant portal were each
    read, that each named this order with the same outcome, and that each which tells an amount told the exact one (the redirect's
    signature does not cover it; it is compared all the same). It does not claim in which order they arrive.

    @TRUTH-01 @HOOK-02 @needs-webhooks @needs-portal
    Scenario Outline: A payment by <method> succeeds everywhere
      Given an order of 330,001 VND to be paid by <method>
      When the payer completes the payment by <method>
      Then the redirect says that 330,001 VND were paid
      And the webhook says that 330,001 VND were paid
      And the status query says that the payment succeeded
      And the details say that 330,001 VND were paid
      And the portal says that 330,001 VND were paid
      And the status query still says that the payment succeeded

      Examples:
        | method      |
        | credit card |
        | ATM card    |

      @needs-wallet
      Examples:
        | method |
        | QR     |

  Rule: The payer is shown what the merchant asked for
    Green means that each page met on the way that told sums of money told the order's exact amount in dong among them. It does not
    claim that every page tells one.

    @PAGE-01
    Scenario Outline: The pages of a payment by <method> tell its amount
      Given an order of 330,001 VND to be paid by <method>
      When the payer completes the payment by <method>
      Then every page of the payment that told an amount told 330,001 VND

      Examples:
        | method      |
        | credit card |
        | ATM card    |

      @needs-wallet
      Examples:
        | method |
        | QR     |

  Rule: What was not paid is paid nowhere
    Green means that the places named in each scenario were each read, that each named this order as not paid, and that
    each which tells a reason told the same one.

    @TRUTH-01 @HOOK-02 @needs-webhooks @needs-portal
    Scenario: A refused card is a failed payment everywhere
      Given an order of 330,001 VND to be paid by ATM card
      When the payer pays with the ATM card without funds
      Then the redirect says that the payment failed because of insufficient funds
      And the webhook says that the payment failed because of insufficient funds
      And the status query says that the payment failed
      And the details say that the payment failed because of insufficient funds
      And the portal says that the payment failed

    @TRUTH-01 @HOOK-02 @needs-webhooks @needs-portal
    Scenario: A cancelled payment is a failed payment everywhere
      Given an order of 330,001 VND to be paid by credit card
      When the payer cancels on the card page
      Then the redirect says that the payment failed because the payer cancelled
      And the webhook says that the payment failed because the payer cancelled
      And the status query says that the payment failed
      And the details say that the payment failed because the payer cancelled
      And the portal says that the payment failed

    @TRUTH-01 @HOOK-02 @needs-levers @needs-webhooks @needs-portal
    Scenario: An expired payment is expired everywhere
      Given an order of 330,001 VND to be paid by QR
      When the time to pay has passed
      Then the webhook says that the payment expired
      And the status query says that the payment expired
      And the details say that the payment expired
      And the portal says that the payment expired
