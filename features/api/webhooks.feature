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
    Green means that a delivery reached the endpoint over the network and that its signature is genuine and covers this order's outcome.

    @HOOK-02 @needs-webhooks
    Scenario: A payment reaches every registered endpoint
      Given a merchant with two webhook endpoints
      And an order of 90,000 VND to be paid by credit card
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
