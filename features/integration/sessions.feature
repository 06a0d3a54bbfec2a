Feature: Payers whom the shop knows
  The payer's browser has a session at the shop from ordering on; what it brings back may be of another order, or of none.

  Rule: An order is what the redirect says and PortOne confirms, not what the session remembers
    Green means that the browser which had ordered came back with something that was no proof of payment for its own order, and that the order was not paid for as
    long as the shop may take to settle. Shops without a page on which payers order have no such browser, and are not asked.

    @SHOP-REDIR-03
    Scenario: The redirect of another order, in the browser that ordered
      Given a paid order of another payer
      And a payer on the checkout page for credit card
      When the payer presses the button
      And the payer's browser comes back with the whole redirect of that order
      Then the shop never has the order as paid

    @SHOP-REDIR-04
    Scenario: A redirect without any parameter, in the browser that ordered
      Given a payer on the checkout page for credit card
      When the payer presses the button
      And the payer's browser comes back without any parameter
      Then the shop never has the order as paid

  Rule: A genuine redirect is welcome
    Green means that the browser which had ordered, where orders are made on a page, came with the genuine redirect of its paid order to a page that was answered with
    success, and that the page named the order or its amount, or at least said something else than the shop's address of return did to nonsense.

    @SHOP-REDIR-07
    Scenario: The payer who has paid is told so
      Given a payer on the checkout page for credit card
      When the payer presses the button
      And it is paid
      Then the shop has the order as paid
      When the payer's browser comes back
      Then the payer is back on a page of the shop
      And it says something else than it says to nonsense
