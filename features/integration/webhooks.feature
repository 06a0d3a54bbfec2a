Feature: Webhooks to the shop
  Anybody can send the shop a webhook, and PortOne's may come late, twice, out of order or never.

  Background:
    Given an order

  Rule: The webhook is verified
    Green means that a webhook which PortOne never sent did not make the order paid, for as long as the shop may take to settle, and did not break the shop.

    @SHOP-HOOK-01
    Scenario Outline: A webhook with <signature>
      When somebody sends a webhook that says it is paid, with <signature>
      Then the shop does not break
      And the shop never has the order as paid

      Examples:
        | signature                              |
        | a signature that ends otherwise        |
        | a signature in small letters           |
        | a signature made with an empty secret  |
        | no signature                           |
        | an empty signature                     |
        | the signature of a paid order          |

    @SHOP-HOOK-01
    Scenario Outline: A webhook with somebody else's signature and <what>
      When somebody sends a webhook that says it is paid, with somebody else's signature and <what>
      Then the shop does not break
      And the shop never has the order as paid

      Examples:
        | what                                              |
        | no merchant's key                                 |
        | the environment live                              |
        | the references of a paid order that cost the same |

    @SHOP-HOOK-01
    Scenario: A failure that nobody but the sender knows of
      When somebody sends a webhook that says it failed
      Then the shop does not break
      When it is paid
      Then the shop has the order as paid

    @SHOP-HOOK-02
    Scenario Outline: A webhook with <field>
      When somebody sends a webhook that says it is paid, with <field>
      Then the shop does not break
      And the shop never has the order as paid

      Examples:
        | field                            |
        | a larger amount than was signed  |
        | a smaller amount than was signed |
        | another currency than was signed |
        | another status than was signed   |
        | another order than was signed    |

    @SHOP-HOOK-03
    Scenario: A webhook of another merchant
      When somebody sends a webhook that says it is paid, signed by another merchant
      Then the shop does not break
      And the shop never has the order as paid

    @SHOP-HOOK-04
    Scenario: A webhook about an order that does not exist
      When PortOne sends a webhook about an order that the shop never made
      Then the shop does not break
      And the shop says of that order what it said before

    @SHOP-HOOK-04
    Scenario: A webhook about an order whose name only begins like this one's
      When PortOne sends a webhook about an order whose name only begins like this one's
      Then the shop does not break
      And the shop never has the order as paid

  Rule: Amount and currency are compared with the shop's own books
    Green means that a genuine webhook about another amount or currency than was ordered did not make the order paid.

    @SHOP-HOOK-05
    Scenario Outline: A genuine webhook over <part>
      When PortOne sends a genuine webhook over <part>
      Then the shop does not break
      And the shop never has the order as paid

      Examples:
        | part                           |
        | a smaller amount               |
        | a larger amount                |
        | an amount that is one dong off |
        | a thousandth of the amount     |
        | another currency               |

  Rule: A genuine webhook is accepted, whatever it holds
    Green means that the shop acknowledged it and had the order as paid.

    @SHOP-HOOK-06
    Scenario Outline: A method called <name>
      Given PortOne's webhooks wait
      When it is paid
      And the webhook arrives with the method called <name>
      Then the shop acknowledges it
      And the shop has the order as paid

      Examples:
        | name                        |
        | SmartPay Credit Card        |
        | Thẻ tín dụng & ví (nội địa) |

    @SHOP-HOOK-07
    Scenario: Fields that nobody knows
      Given PortOne's webhooks wait
      When it is paid
      And the webhook arrives with fields that nobody knows
      Then the shop acknowledges it
      And the shop has the order as paid

  Rule: Only Success is a payment
    Green means that a genuine webhook with another status did not make the order paid, for as long as the shop may take to settle, and did not break the shop.

    @SHOP-HOOK-08
    Scenario Outline: A webhook with the status <status>
      When PortOne sends a genuine webhook with the status <status>
      Then the shop does not break
      And the shop never has the order as paid

      Examples:
        | status     |
        | Authorized |
        | Pending    |
        | Failed     |
        | Expired    |

  Rule: However late, often and in whichever order it comes, it is booked once
    Green means that the shop acknowledged each and had the order as paid, where it came more than once for its own amount.

    @SHOP-HOOK-09
    Scenario: Last of all, hours old
      Given PortOne's webhooks wait
      When it is paid
      And the payer comes back
      And the webhook arrives with timestamps hours old
      Then the shop acknowledges it
      And the shop has the order as paid

    @SHOP-HOOK-10
    Scenario Outline: The webhook arrives <when>
      Given PortOne's webhooks wait
      When it is paid
      And the webhook arrives <when>
      Then the shop acknowledges it
      And the shop has the order as paid
      And the shop has the amount of the order

      Examples:
        | when                      |
        | before the payer is back  |
        | after the payer is back   |
        | twice                     |
        | ten times at once         |

  Rule: What is paid stays paid
    Green means that a genuine webhook with another status, come after the payment was booked, changed nothing for as long as the shop may take to settle.

    @SHOP-HOOK-11
    Scenario Outline: <status> after Success
      When it is paid
      Then the shop has the order as paid
      When PortOne sends a genuine webhook with the status <status>
      Then the shop does not break
      And the shop keeps the order as paid

      Examples:
        | status  |
        | Pending |
        | Failed  |
        | Expired |

  Rule: Without a webhook the shop asks
    Green means that the shop had the order as paid although no webhook about it came, also if it was paid only 20 seconds after it had been made.

    @SHOP-HOOK-12
    Scenario: No webhook at all
      Given PortOne's webhooks wait
      When it is paid
      Then the shop has the order as paid

    @SHOP-HOOK-12
    Scenario: No webhook at all, and a payer who takes a while
      Given PortOne's webhooks wait
      When 20 seconds have passed
      And it is paid
      Then the shop has the order as paid

  Rule: A genuine webhook is taken notice of
    Green means that the shop had the order as paid by the webhook alone, or asked PortOne about it within a moment: every question about a payment was answered 503
    meanwhile, and the shop's own had just been.

    @SHOP-HOOK-15 @serial
    Scenario Outline: The webhook alone, <how>
      Given PortOne's webhooks wait
      And PortOne does not answer questions about payments
      When it is paid
      And the shop has just asked in vain, if it asks by itself
      And the webhook alone arrives <how>
      Then the shop acknowledges it
      And the shop has the order as paid or has asked PortOne at once

      Examples:
        | how                                                |
        | as it is                                           |
        | after one that says Pending                        |
        | with the method called Thẻ tín dụng & ví (nội địa) |
        | with fields that nobody knows                      |
        | with timestamps hours old                          |

  Rule: The shop asks again after PortOne could not be asked
    Green means that the shop had the order as paid without a webhook, after PortOne had answered a question about it with 503.

    @SHOP-HOOK-17 @serial
    Scenario: No webhook, and a PortOne that is away for a while
      Given PortOne's webhooks wait
      And PortOne does not answer questions about payments
      When it is paid
      And the shop has asked in vain
      And PortOne answers questions again
      Then the shop has the order as paid

  Rule: The shop answers at once, and keeps answering
    Green means that webhooks were acknowledged within five seconds, a thousand of them within ten too, while the shop still answered its customers.

    @SHOP-HOOK-13
    Scenario: Acknowledged within five seconds
      Given PortOne's webhooks wait
      When it is paid
      And the webhook arrives
      Then the shop acknowledges it
      And the shop took no longer than five seconds

    @SHOP-HOOK-16
    Scenario Outline: What is no webhook does no harm: <what>
      When somebody sends the shop <what>
      Then the shop does not break
      And the shop answers a customer

      Examples:
        | what                 |
        | nothing              |
        | half a webhook       |
        | a list               |
        | no text              |
        | a very deep document |
        | a megabyte of spaces |

    @SHOP-HOOK-14 @serial
    Scenario: A thousand webhooks in ten seconds
      Given PortOne's webhooks wait
      When it is paid
      And the webhook arrives a thousand times within ten seconds
      Then the shop acknowledges it
      And the shop took no longer than five seconds
      And the shop answered a customer meanwhile
      And the shop has the order as paid
