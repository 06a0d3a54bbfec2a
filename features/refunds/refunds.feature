Feature: Refunding by the API
  The merchant refunds a payment, whole or in parts, and can always read what remains refundable.

  Rule: A payment can be refunded in full
    Green means that the refund was accepted at once, that the list shows it, and that nothing remains refundable.
    It does not claim that the payer's bank has booked it.

    @REF-02 @REF-06
    Scenario: Refunded in full
      Given a payment of 400,000 VND
      When the merchant refunds it in full
      Then the refund of 400,000 VND is successful
      And 0 VND remain refundable
      And the list of refunds holds 1 refund of 400,000 VND in all

    @REF-02
    Scenario: The amount of a full refund is the payment's, whatever the request says
      Given a payment of 400,000 VND
      When the merchant refunds it in full but names 1 VND
      Then the refund of 400,000 VND is successful
      And 0 VND remain refundable

  Rule: Parts add up, and never to more than the payment
    Green means that after every refund the remaining amount was exact, and that the refund which would have exceeded it was refused
    and changed nothing.

    @REF-03 @REF-06
    Scenario: Refunded in part
      Given a payment of 400,000 VND
      When the merchant refunds 150,000 VND
      Then the refund of 150,000 VND is successful
      And 250,000 VND remain refundable
      And the list of refunds holds 1 refund of 150,000 VND in all

    @REF-03 @REF-06
    Scenario: Refunded in three parts
      Given a payment of 400,000 VND
      When the merchant refunds 150,000 VND
      Then 250,000 VND remain refundable
      When the merchant refunds 249,999 VND
      Then 1 VND remains refundable
      When the merchant refunds 1 VND
      Then 0 VND remain refundable
      And the list of refunds holds 3 successful refunds of 400,000 VND

    @REF-04
    Scenario: More than the payment is refused
      Given a payment of 400,000 VND
      When the merchant tries to refund 400,001 VND
      Then the refund is refused because it exceeds what remains
      And 400,000 VND remain refundable

    @REF-04
    Scenario: More than what remains is refused
      Given a payment of 400,000 VND
      And the merchant has refunded 150,000 VND
      When the merchant tries to refund 250,001 VND
      Then the refund is refused because it exceeds what remains
      And 250,000 VND remain refundable

    @REF-04
    Scenario: A second full refund is refused
      Given a payment of 400,000 VND
      And the merchant has refunded it in full
      When the merchant tries to refund it in full
      Then the refund is refused because refunds are not allowed
      And the list of refunds holds 1 refund of 400,000 VND in all

    @REF-04
    Scenario Outline: A refund of <amount> VND is refused
      Given a payment of 400,000 VND
      When the merchant tries to refund <amount> VND
      Then the refund is refused because the amount is invalid
      And 400,000 VND remain refundable

      Examples:
        | amount |
        | 0      |
        | -1     |

  Rule: Only a payment can be refunded
    Green means that the refund was refused and that the order was left as it was.

    @REF-05
    Scenario: An order that is not yet paid cannot be refunded
      Given an order of 400,000 VND to be paid by credit card
      When the merchant tries to refund it in full
      Then the refund is refused because refunds are not allowed
      And the merchant reads that the payment is still open

    @REF-05
    Scenario: A payment that failed cannot be refunded
      Given a failed payment of 400,000 VND
      When the merchant tries to refund it in full
      Then the refund is refused because refunds are not allowed
      And the merchant reads that the payment failed because of insufficient funds

    @REF-05
    Scenario: An order that does not exist cannot be refunded
      Given a merchant
      When the merchant tries to refund an order that does not exist
      Then the request is refused because the reference is unknown

  Rule: The refund webhook tells the outcome
    Green means that the webhook arrived and names the refund that the API names, in each of its parts. The refund webhook is unsigned, so that it proves
    nothing by itself; the API has the last word.

    @HOOK-03 @needs-webhooks
    Scenario: A refund is delivered to the refund webhook
      Given a payment of 400,000 VND
      When the merchant refunds 150,001 VND
      Then the refund webhook says that 150,001 VND were refunded
      And the list of refunds names the same refund as the webhook
