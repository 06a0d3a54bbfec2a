Feature: Webhooks
  The vendor tells the merchant's systems what became of a payment.

  Rule: Endpoints can be registered and listed
    Green means that the endpoint came back in the list as it was registered.

    @HOOK-01
    Scenario Outline: An endpoint for <events> is registered and listed
      Given a merchant
      When the merchant registers a webhook endpoint for <events>
      Then the list of webhook endpoints holds it, enabled

      Examples:
        | events         |
        | payment events |
        | refund events  |

  Rule: The outcome of a payment is delivered, signed
    Green means that a delivery reached the endpoint over the network, that its signature is genuine and covers this order's outcome,
    and that it named the merchant and the order as they are.

    @HOOK-02 @needs-webhooks
    Scenario: A payment reaches every registered endpoint
      Given a merchant with two webhook endpoints
      And an order of 90,001 VND to be paid by credit card
      When the order is paid
      Then each webhook endpoint receives the payment, signed

  Rule: What was not acknowledged is delivered again
    Green means that an endpoint which refused the first delivery received the same event again. Retries are not documented; without
    them a merchant's restart loses payments.

    @HOOK-04 @needs-webhooks
    Scenario: An endpoint that fails at first is tried again
      Given a merchant whose webhook endpoint fails at first
      And an order of 90,000 VND to be paid by credit card
      When the order is paid
      Then the webhook is delivered again with the same contents

    @HOOK-04 @needs-webhooks
    Scenario: An endpoint that fails at first is told of a refund again
      Given a merchant whose webhook endpoint fails at first
      And a payment of 90,000 VND
      When the merchant refunds 10,000 VND
      Then the refund's webhook is delivered again with the same contents

  Rule: An outcome is told once, and is the last that is told
    Green means that when the webhook of the merchant's next payment or refund came to the same endpoint, the first one's outcome had
    come once and nothing about it had come after it. Whether something comes later still is not claimed. Neither order nor
    duplicates are documented; a merchant who ships on each webhook ships twice.

    @HOOK-05 @needs-webhooks
    Scenario: An acknowledged webhook comes once
      Given a merchant
      And an order of 90,000 VND to be paid by credit card
      When the order is paid and its webhook acknowledged
      And another order is paid and its webhook acknowledged
      Then the first order's outcome was delivered once

    @HOOK-06 @needs-webhooks
    Scenario: No webhook takes an outcome back
      Given a merchant
      And an order of 90,000 VND to be paid by credit card
      When the order is paid and its webhook acknowledged
      And another order is paid and its webhook acknowledged
      Then the first order's outcome is the last that was delivered about it

    @HOOK-05 @needs-webhooks
    Scenario: An acknowledged webhook of a refund comes once
      Given a payment of 90,000 VND
      When the merchant refunds 10,000 VND and its webhook is acknowledged
      And the merchant refunds 20,000 VND and its webhook is acknowledged
      Then the first refund's outcome was delivered once

    @HOOK-06 @needs-webhooks
    Scenario: No webhook takes a refund's outcome back
      Given a payment of 90,000 VND
      When the merchant refunds 10,000 VND and its webhook is acknowledged
      And the merchant refunds 20,000 VND and its webhook is acknowledged
      Then the first refund's outcome is the last that was delivered about it
