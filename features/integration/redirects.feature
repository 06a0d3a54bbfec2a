Feature: Payers coming back
  The redirect travels through the payer's browser, where anybody can change it, and its signature covers neither amount nor currency.

  Background:
    Given an order

  Rule: The redirect is verified
    Green means that a redirect which PortOne never sent did not make the order paid, for as long as the shop may take to settle, and did not break the shop.

    @SHOP-REDIR-01
    Scenario: A failed payment told as paid
      When the payer gives up
      And the payer comes back with the status changed to Success
      Then the shop does not break
      And the shop never has the order as paid

    @SHOP-REDIR-01
    Scenario: A payment told as failed
      When it is paid
      Then the shop has the order as paid
      When the payer comes back with the status changed to Failed
      Then the shop does not break
      And the shop keeps the order as paid

    @SHOP-REDIR-01
    Scenario: An open payment told as failed
      When the payer comes back with the status changed to Failed
      Then the shop does not break
      When it is paid
      Then the shop has the order as paid

    @SHOP-REDIR-02
    Scenario: The signature of another order
      When the payer comes back with the signature of a paid order
      Then the shop does not break
      And the shop never has the order as paid

    @SHOP-REDIR-03
    Scenario: The redirect of another order, replayed
      When the payer comes back with the whole redirect of a paid order
      Then the shop does not break
      And the shop never has the order as paid

    @SHOP-REDIR-03
    Scenario: A redirect with PortOne's references of another order
      When the payer comes back with the references of a paid order that cost the same
      Then the shop does not break
      And the shop never has the order as paid

    @SHOP-REDIR-04
    Scenario Outline: A redirect without <part>
      When the payer comes back told as paid without <part>
      Then the shop does not break
      And the shop never has the order as paid

      Examples:
        | part          |
        | a signature   |
        | any parameter |

    @SHOP-REDIR-05
    Scenario Outline: A doubled status, <order>
      When the payer gives up
      And the payer comes back with a second status, <order>
      Then the shop does not break
      And the shop never has the order as paid

      Examples:
        | order                  |
        | the false one first    |
        | the false one last     |

    @SHOP-REDIR-05
    Scenario Outline: The redirect of a paid order with this order's reference <place>
      When the payer comes back with the whole redirect of a paid order that cost the same, and this order's reference <place>
      Then the shop does not break
      And the shop never has the order as paid

      Examples:
        | place     |
        | before it |
        | behind it |

  Rule: The truth is PortOne's, not the redirect's
    Green means that a genuinely signed redirect alone, while webhook and API had nothing of the kind, did not make the order paid.

    @SHOP-TRUTH-01
    Scenario: A signed redirect that nothing confirms
      When the payer comes back with a signed redirect that says Success
      Then the shop does not break
      And the shop never has the order as paid
