Feature: Initiating a payment
  The vendor checks a payment request before it lets a payer pay.

  Rule: The signature covers what matters
    Green means that a request with its own signature was accepted, and refused when one signed part had been changed after
    signing. It does not claim that parts outside the signature are protected: they are not.

    @API-04
    Scenario: Accepted with its own signature
      Given an order of 90,000 VND to be paid by credit card
      Then the merchant reads that the payment is still open

    @API-04
    Scenario Outline: Refused when <change>
      Given a merchant
      When the merchant initiates a payment, but <change>
      Then the request is refused because of the signature

      Examples:
        | change                                  |
        | the amount was raised after signing     |
        | the currency was changed after signing  |
        | the order id was changed after signing  |
        | the success page was changed after signing |
        | the failure page was changed after signing |
        | it was signed with another secret       |
        | one bit of the signature was flipped    |

  Rule: Every required part is required, and the refusal names it
    Green means that the request without that part was refused and that the refusal named the part.

    @API-05
    Scenario Outline: Refused without its <part>
      Given a merchant
      When the merchant initiates a payment without its <part>
      Then the request is refused because its <part> is missing

      Examples:
        | part         |
        | key          |
        | order id     |
        | channel      |
        | method       |
        | description  |
        | environment  |
        | amount       |
        | currency     |
        | signature    |
        | success page |
        | failure page |

  Rule: An order id is used once
    Green means that the second request was refused and that the first order was left as it was.

    @API-06
    Scenario: The same order id twice
      Given an order of 90,000 VND to be paid by credit card
      When the merchant initiates a payment with the same order id
      Then the request is refused because the order id was used before
      And the merchant reads that the payment is still open

    @API-06
    Scenario: The same order id with another amount
      Given an order of 90,000 VND to be paid by credit card
      When the merchant initiates a payment with the same order id and another amount
      Then the request is refused because the order id was used before
      And the merchant reads that the payment is still open

    @API-06
    Scenario: The same order id after the payment
      Given a payment of 90,000 VND
      When the merchant initiates a payment with the same order id
      Then the request is refused because the order id was used before
      And the merchant reads that 90,000 VND were paid

  Rule: The request is checked against the channel
    Green means that the correctly signed request was refused for the reason that the documentation names.

    @API-07
    Scenario Outline: Refused with <part>
      Given a merchant
      When the merchant initiates a payment with <part>
      Then the request is refused because <reason>

      Examples:
        | part                         | reason                     |
        | an unknown channel           | the channel is unknown     |
        | an unknown method            | the method is unknown      |
        | another channel's method     | the method is unknown      |
        | an unknown environment       | the environment is unknown |

    @API-07 @CHAN-01
    Scenario Outline: Refused in <currency>
      Given a merchant
      When the merchant initiates a payment in <currency>
      Then the request is refused because the currency is not that of the channel

      Examples:
        | currency |
        | USD      |
        | THB      |

    @API-07
    Scenario Outline: Refused with an amount that is <amount>
      Given a merchant
      When the merchant initiates a payment with an amount that is <amount>
      Then the request is refused because the amount is invalid

      Examples:
        | amount    |
        | zero      |
        | negative  |
        | oversized |

    @API-03
    Scenario: Refused for an unknown merchant
      Given a merchant
      When somebody initiates a payment with an unknown key
      Then the request is refused because the merchant is unknown
