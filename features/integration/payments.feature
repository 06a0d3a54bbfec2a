Feature: Paying in the shop
  A payer orders in the shop, pays on PortOne's pages and comes back.

  Rule: Every method that the shop offers can be paid with
    Green means that a payer in a browser came from the shop's page to a payment page, paid there, and that the shop's own books then said paid,
    for the amount that was ordered.

    @SHOP-PAY-01
    Scenario Outline: Paid by <method> through the shop's page
      Given a payer on the checkout page for <method>
      When the payer presses the button
      Then the shop does not have the order as paid yet
      When the payer pays
      Then the payer is back on a page of the shop
      And the shop has the order as paid
      And the shop was paid what the order costs

      Examples:
        | method      |
        | credit card |
        | QR          |
        | ATM card    |

    @SHOP-PAY-02 @counts
    Scenario Outline: Paid by <method> through the embedded checkout
      Given a payer on the embedded checkout for <method>
      When the payer presses the button
      Then the shop does not have the order as paid yet
      When the payer pays
      Then the shop has the order as paid
      And the shop was paid what the order costs

      Examples:
        | method      |
        | credit card |
        | QR          |
        | ATM card    |

  Rule: A payer who does not pay gets nothing
    Green means that the shop's books did not say paid for as long as the shop may take to settle.

    @SHOP-PAY-03
    Scenario: The payer gives up
      Given an order
      When the payer gives up
      And the payer comes back
      Then the shop does not break
      And the shop never has the order as paid

    @SHOP-PAY-03
    Scenario: The payer leaves the payment page open
      Given an order
      When the payer opens the payment page and waits
      Then the shop never has the order as paid

    @SHOP-PAY-03
    Scenario: The payment expires
      Given an order
      When it expires
      And the payer comes back
      Then the shop does not break
      And the shop never has the order as paid

    @SHOP-PAY-04
    Scenario Outline: A payment that ended unpaid is booked so: <what>
      Given an order
      When <what>
      And the payer comes back
      Then the shop has the order as failed

      Examples:
        | what               |
        | the payer gives up |
        | it expires         |

  Rule: What is ordered once is charged once
    Green means that PortOne got one order, or that of several only the one that was paid is paid.

    @SHOP-ORDER-01 @counts
    Scenario Outline: A double click orders once, <gap> ms apart
      Given a payer on the checkout page
      And a line and a PortOne that are as slow as on a bad day
      When the payer presses the button twice, <gap> ms apart
      Then PortOne has one order of this amount

      Examples:
        | gap |
        | 20  |
        | 120 |

    @SHOP-ORDER-02 @counts
    Scenario Outline: Two tabs do not pay for each other, paid in the <which>
      Given a payer on the checkout page
      When the payer presses the button
      And the payer opens the checkout page in another tab and presses the button there
      And the payer pays in the <which> tab
      Then the shop has the order as paid
      And no other order of this amount is paid

      Examples:
        | which |
        | first |
        | other |

    @SHOP-ORDER-03 @counts
    Scenario: Back after paying charges nothing again
      Given a payer on the checkout page
      When the payer presses the button
      And the payer pays
      And the payer goes back
      And the payer opens the checkout page again
      Then the shop has the order as paid
      And no other order of this amount is paid

    @SHOP-ORDER-04 @counts
    Scenario Outline: A payer who closes the browser on the <page> page can still pay
      Given an order by <method>
      When the payer closes the browser on the <page> page
      And the payer opens the payment page again and pays
      Then the shop has the order as paid
      And no other order of this amount is paid

      Examples:
        | page     | method      |
        | payment  | credit card |
        | issuer's | credit card |
        | bank's   | ATM card    |
        | OTP      | ATM card    |
        | QR       | QR          |

    @SHOP-ORDER-05
    Scenario: A payer who pays and never comes back has paid
      Given an order
      When it is paid
      Then the shop has the order as paid

  Rule: The payer is shown what was ordered
    Green means that the page that confirms the order, or the one that the payer came back to if there is no such page, had the order's whole amount
    and its id, in the browser that had ordered, not in another currency, while there was a newer order, where the shop made another one.

    @SHOP-CONFIRM-01
    Scenario: The confirmation shows the amount of the order
      Given a payer on the checkout page
      When the payer presses the button
      And somebody else orders after that
      And the payer opens the payment page and pays
      Then the confirmation shows the amount and the order

  Rule: Requests are signed as PortOne reads them
    Green means that PortOne accepted an order whose id every sample of the vendor's signs differently.

    @SHOP-SIGN-01
    Scenario: An order id outside the safe alphabet
      Given an order with the id "đơn hàng ~*1 &=+'"
      When it is paid
      Then the shop has the order as paid
