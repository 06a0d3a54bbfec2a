Feature: Refunds in the queue
  A refund may wait in the queue until an operator has verified it with SmartPay and settles it on the portal.

  Rule: A queued refund is not yet paid back
    Green means that the refund is shown as IN_QUEUE, that its amount is set aside, and that it can be found on SmartPay's dashboard.
    On a target that cannot be told to queue, a refund that was settled at once shows nothing, and the scenario is skipped.
    The vendor documents neither how long a refund waits nor what puts it into the queue; that its amount is set aside is inferred.

    @QUEUE-01
    Scenario: A refund goes into the queue
      Given a payment of 600,000 VND
      And SmartPay queues refunds
      When the merchant refunds 200,000 VND
      Then the refund of 200,000 VND is in the queue
      And 400,000 VND remain refundable

    @QUEUE-01 @REF-04
    Scenario: What waits in the queue cannot be refunded a second time
      Given a payment of 600,000 VND
      And SmartPay queues refunds
      And the merchant has refunded 200,000 VND
      When the merchant tries to refund 400,001 VND
      Then the refund is refused because it exceeds what remains
      And 400,000 VND remain refundable

    @QUEUE-01
    Scenario: A refund that waits is shown as waiting
      Given a refund that waits in the queue
      Then the merchant reads that it waits, with its amount set aside

    @QUEUE-02 @needs-levers @needs-dashboard
    Scenario Outline: The operator verifies a queued refund that SmartPay calls <truth>
      Given a payment of 600,000 VND
      And SmartPay queues refunds that it will call <truth>
      And the merchant has refunded 200,000 VND
      When the operator looks the refund up on SmartPay's dashboard
      Then the dashboard shows 200,000 VND as <truth>

      Examples:
        | truth      |
        | successful |
        | failed     |

  Rule: The operator settles a queued refund as SmartPay says
    Green means that the settlement on the portal changed the refund's status in the API and that the amounts add up after it.

    @QUEUE-03 @needs-levers @needs-portal @needs-dashboard
    Scenario: Settled as successful
      Given a payment of 600,000 VND
      And SmartPay queues refunds that it will call successful
      And the merchant has refunded 200,000 VND
      When the operator looks the refund up on SmartPay's dashboard
      And the operator settles the refund as successful on the portal
      Then the refund of 200,000 VND is successful
      And 400,000 VND remain refundable
      And the portal reports no error of the operator

    @QUEUE-04 @needs-levers @needs-portal @needs-dashboard
    Scenario: Settled as failed
      Given a payment of 600,000 VND
      And SmartPay queues refunds that it will call failed
      And the merchant has refunded 200,000 VND
      When the operator looks the refund up on SmartPay's dashboard
      And the operator settles the refund as failed on the portal
      Then the refund of 200,000 VND is failed
      And 600,000 VND remain refundable
      And the portal reports no error of the operator

    @QUEUE-04 @REF-02 @needs-levers @needs-portal
    Scenario: After a refund failed, the payment can be refunded again
      Given a payment of 600,000 VND
      And SmartPay queues refunds that it will call failed
      And the merchant has refunded it in full
      And the operator has settled the refund as failed on the portal
      And SmartPay settles refunds at once
      When the merchant refunds it in full
      Then 0 VND remain refundable
      And the list of refunds holds 1 successful refund of 600,000 VND

    @QUEUE-03 @HOOK-03 @needs-levers @needs-portal @needs-webhooks
    Scenario: A successful settlement reaches the refund webhook
      Given a payment of 600,000 VND
      And SmartPay queues refunds that it will call successful
      And the merchant has refunded 200,000 VND
      When the operator settles the refund as successful on the portal
      Then the refund webhook says that 200,000 VND were refunded

    @QUEUE-04 @HOOK-03 @needs-levers @needs-portal @needs-webhooks
    Scenario: A failed settlement reaches the refund webhook
      Given a payment of 600,000 VND
      And SmartPay queues refunds that it will call failed
      And the merchant has refunded 200,000 VND
      When the operator settles the refund as failed on the portal
      Then the refund webhook says that the refund of 200,000 VND failed

  Rule: A settled refund stays settled
    Green means that the portal offered no settlement any more, refused one that was sent from an older page all the same, and that nothing changed.

    @QUEUE-05 @needs-levers @needs-portal
    Scenario: A settled refund cannot be settled again
      Given a payment of 600,000 VND
      And SmartPay queues refunds that it will call successful
      And the merchant has refunded 200,000 VND
      And the operator has opened the portal in two windows
      And the operator has settled the refund as successful on the portal
      When the operator settles the refund as failed in the other window
      Then the portal refuses the settlement
      And the refund of 200,000 VND is successful
      And 400,000 VND remain refundable

  Rule: Settling against what SmartPay says is the operator's error
    Green means that the portal named the settlement as the operator's error. Whether the vendor's portal does so is not documented; without it, the merchant's books
    and SmartPay's differ unnoticed.

    @QUEUE-06 @needs-levers @needs-portal @needs-dashboard
    Scenario Outline: Settled as <settled> although SmartPay says <truth>
      Given a payment of 600,000 VND
      And SmartPay queues refunds that it will call <truth>
      And the merchant has refunded 200,000 VND
      When the operator settles the refund as <settled> on the portal
      Then the dashboard shows 200,000 VND as <truth>
      And the portal reports the settlement as the operator's error

      Examples:
        | settled    | truth      |
        | successful | failed     |
        | failed     | successful |
