Feature: Refunds by the shop
  A refund may be settled at once, or wait in a queue until an operator settles it either way; its webhook carries no signature.

  Rule: The shop's books say what PortOne's say
    Green means that PortOne had exactly the refund that the shop was asked for, and that the shop's books came to say the same.

    @SHOP-REF-01
    Scenario: Refunded in full
      Given a paid order
      When the shop is asked to refund it
      Then the shop has the order as refunded
      And PortOne has refunded all of it

    @SHOP-REF-02
    Scenario: Refunded in part
      Given a paid order
      When the shop is asked to refund a third of it
      Then the shop has the order as refunded in part
      And PortOne has refunded a third of it

    @SHOP-REF-03
    Scenario: Never more than was paid
      Given a paid order
      When the shop is asked to refund it
      Then the shop has the order as refunded
      When the shop is asked to refund it
      Then PortOne has refunded all of it

    @SHOP-REF-03
    Scenario: Asked twice at once
      Given a paid order
      When the shop is asked twice at once to refund it
      Then the shop has the order as refunded
      And PortOne has refunded all of it

    @SHOP-REF-02
    Scenario: Refunded in part, and again
      Given a paid order
      When the shop is asked to refund a third of it
      Then the shop has the order as refunded in part
      When the shop is asked to refund a third of it
      Then the shop's books have what PortOne has refunded

  Rule: A refund that waits is neither done nor lost
    Green means that the shop did not have it as refunded while it waited, and followed when it was settled.

    @SHOP-REF-04
    Scenario: Queued, then successful
      Given a paid order
      And refunds wait in the queue
      When the shop is asked to refund it
      Then the shop does not have the order as refunded
      When the operator settles the refund as successful
      Then the shop has the order as refunded

    @SHOP-REF-05
    Scenario: Queued, then failed
      Given a paid order
      And refunds wait in the queue
      When the shop is asked to refund it
      And the operator settles the refund as failed
      Then the shop keeps the order as paid

  Rule: What was refunded stays refunded
    Green means that the payer's own redirect, opened once more after the refund, and the payment's own webhook, come once more, took nothing back.

    @SHOP-REF-07
    Scenario: The redirect is opened again after the refund
      Given a paid order
      When the shop is asked to refund it
      Then the shop has the order as refunded
      When the payer comes back
      Then the shop does not break
      And the shop keeps the order as refunded

    @SHOP-REF-07
    Scenario: The webhook of the payment comes again after the refund
      Given a paid order
      When the shop is asked to refund it
      Then the shop has the order as refunded
      When PortOne sends a genuine webhook with the status Success
      Then the shop does not break
      And the shop keeps the order as refunded

  Rule: Only an operator can refund
    Green means that PortOne had no refund after the shop was asked for one without the headers of the integration file that say who asks, and with others in their place.
    Shops whose file has no such header are not asked.

    @SHOP-REF-08
    Scenario Outline: A refund that a stranger asks for, <how>
      Given a paid order
      When a stranger asks the shop to refund it, <how>
      Then the shop keeps the order as paid
      And PortOne has refunded nothing of it

      Examples:
        | how                      |
        | without a word           |
        | with an empty word       |
        | with a word of their own |

  Rule: A refund webhook is confirmed before it is believed
    Green means that an unsigned webhook about a refund that PortOne does not know, or knows otherwise, changed nothing.

    @SHOP-REF-06
    Scenario: A refund that never was
      Given a paid order
      When somebody sends a webhook that says it is refunded
      Then the shop does not break
      And the shop keeps the order as paid

    @SHOP-REF-06
    Scenario: A refund that waits, told as done
      Given a paid order
      And refunds wait in the queue
      When the shop is asked to refund it
      And somebody sends a webhook that says this refund is done
      Then the shop does not break
      And the shop does not have the order as refunded

    @SHOP-REF-06
    Scenario: A part, told as the whole
      Given a paid order
      When the shop is asked to refund a third of it
      Then the shop has the order as refunded in part
      When somebody sends a webhook that says this refund is of everything
      Then the shop does not break
      And PortOne has refunded a third of it
      And the shop keeps the order as refunded in part
