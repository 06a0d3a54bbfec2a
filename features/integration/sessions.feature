Feature: Payers whom the shop knows
  The payer's browser has a session at the shop from ordering on; what it brings back may be of another order, or of none.

  Rule: An order is what the redirect says and PortOne confirms, not what the session remembers
    Green means that the browser which had ordered came back with something that was no proof of payment for its own order, and that the order was not paid for as
    long as the shop may take to settle. Shops without a page on which payers order have no such browser, and are not asked.

    @SHOP-REDIR-03
    Scenario: The redirect of another order, in the browser that ordered
      Given a paid order of another payer
      And a payer on the checkout page
      When the payer presses the button
      And the payer's browser comes back with the whole redirect of that order
      Then the shop never has the order as paid

    @SHOP-REDIR-04
    Scenario: A redirect without any parameter, in the browser that ordered
      Given a payer on the checkout page
      When the payer presses the button
      And the payer's browser comes back without any parameter
      Then the shop never has the order as paid

  Rule: A genuine redirect is welcome
    Green means that the browser which had ordered, where orders are made on a page, came with the genuine redirect of its paid order to a page that was answered with
    success, and that the page named the order or its amount, or at least said something else than the shop's address of return did to nonsense.

    @SHOP-REDIR-07
    Scenario: The payer who has paid is told so
      Given a payer on the checkout page
      When the payer presses the button
      And it is paid
      Then the shop has the order as paid
      When the payer's browser comes back
      Then the payer is back on a page of the shop
      And it says something else than it says to nonsense

  Rule: An amount is the shop's, whatever the redirect says
    Green means that no page which the payer came to with another amount in the redirect, and no page of the order after that, showed that amount, in the browser that
    had ordered and out of it, and that the order was paid for its own.

    @SHOP-REDIR-06
    Scenario: A changed amount is not believed
      Given a payer on the checkout page
      When the payer presses the button
      And it is paid
      And the payer comes back with the amount changed to 7,654,321
      Then the shop does not break
      And the shop has the order as paid
      And no page of it shows 7,654,321

  Rule: What comes from outside is shown as text
    Green means that markup in what redirect and webhook say did not become part of a page, read without a session and, where there is a page that confirms the order, in the
    browser that had ordered; nor an address in a webhook a link that runs as a script.

    @SHOP-XSS-01
    Scenario Outline: Markup in <what> of a redirect
      Given a payer on the checkout page
      When the payer presses the button
      And the payer gives up
      And the payer comes back with markup in <what>
      Then no page of the shop holds that markup

      Examples:
        | what                |
        | every unsigned text |
        | every parameter     |

    @SHOP-XSS-02
    Scenario Outline: Markup in <what> of a webhook
      Given a payer on the checkout page
      When the payer presses the button
      And PortOne's webhooks wait
      And it is paid
      And the webhook arrives with markup in <what>
      Then no page of the shop holds that markup

      Examples:
        | what                     |
        | every unsigned text      |
        | the name of its method   |
