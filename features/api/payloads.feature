Feature: The payloads
  What travels keeps its shape. This is the one place where payloads are compared with their approved snapshots; a difference
  is reported as drift, for a person to approve or to object to.

  Rule: Payloads have the shape that was approved
    Green means that every field of the payload is the one that was approved, with the same value, or, where values differ from run to
    run, of the same kind. It does not claim that the vendor's documentation names the same fields.

    @PAYLOAD-01
    Scenario Outline: <payload>
      Given a payment of 90,000 VND
      When the merchant takes <payload>
      Then it has the shape that was approved

      Examples:
        | payload                              |
        | the answer to a payment request      |
        | the answer to a status query         |
        | the details of the payment           |
        | the answer to a refund               |
        | the list of refunds                  |
        | the answer to a webhook registration |
        | the list of webhook endpoints        |
        | a token answer                       |
        | a signature answer                   |
        | the refusal of a payment request     |
        | the refusal of a query               |

    @PAYLOAD-01 @needs-webhooks
    Scenario Outline: <payload>
      Given a payment of 90,000 VND
      When the merchant takes <payload>
      Then it has the shape that was approved

      Examples:
        | payload             |
        | the payment webhook |
        | the refund webhook  |

    @PAYLOAD-01
    Scenario: the redirect to the shop
      Given an order of 90,000 VND to be paid by credit card
      When the payer pays with the documented credit card
      And the merchant takes the redirect to the shop
      Then it has the shape that was approved
