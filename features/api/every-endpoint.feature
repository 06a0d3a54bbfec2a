Feature: Every endpoint asks who is there
  What one endpoint checks has to be checked by each: a door that was forgotten is as good as none.

  Rule: No endpoint answers without the merchant's key and token
    Green means that this endpoint refused a request that was valid but for the key or the token, and that the same request was
    accepted with both.

    @API-13
    Scenario Outline: Asked for <operation>, it refuses <credentials>
      Given a payment of 90,000 VND
      When the merchant asks for <operation> with <credentials>
      Then the request is refused because <reason>
      And asked for <operation> with key and token, the vendor does it

      Examples:
        | operation               | credentials      | reason                  |
        | a signature             | no token         | the token is invalid    |
        | a signature             | no key           | the key is missing      |
        | a signature             | a key of nobody  | the merchant is unknown |
        | the status              | no key           | the key is missing      |
        | the status              | a key of nobody  | the merchant is unknown |
        | the details             | no token         | the token is invalid    |
        | the details             | no key           | the key is missing      |
        | the details             | a key of nobody  | the merchant is unknown |
        | a webhook endpoint      | no token         | the token is invalid    |
        | a webhook endpoint      | no key           | the key is missing      |
        | a webhook endpoint      | a key of nobody  | the merchant is unknown |
        | the webhook endpoints   | no token         | the token is invalid    |
        | the webhook endpoints   | no key           | the key is missing      |
        | the webhook endpoints   | a key of nobody  | the merchant is unknown |
        | a refund                | no token         | the token is invalid    |
        | a refund                | no key           | the key is missing      |
        | a refund                | a key of nobody  | the merchant is unknown |
        | the refunds             | no token         | the token is invalid    |
        | the refunds             | no key           | the key is missing      |
        | the refunds             | a key of nobody  | the merchant is unknown |

    @API-13
    Scenario Outline: A correction with <credentials> changes nothing
      Given an order of 90,000 VND to be paid by credit card
      When the merchant asks for a correction with <credentials>
      Then the request is refused because <reason>
      And the status query says that the payment is open
      And asked for a correction with key and token, the vendor does it

      Examples:
        | credentials      | reason                  |
        | no token         | the token is invalid    |
        | no key           | the key is missing      |
        | a key of nobody  | the merchant is unknown |

    @API-13
    Scenario: A payment is not initiated without the key
      Given a merchant
      When the merchant asks for a payment with no key
      Then the request is refused because the key is missing
      And asked for a payment with key and token, the vendor does it

  Rule: No endpoint takes a token on trust
    Green means that this endpoint refused a request that was valid but for a token that had expired or was forged, and that the
    same request was accepted with a genuine one. More kinds of bad tokens are shown on the status query.

    @API-02
    Scenario Outline: Asked for <operation>, it refuses <token>
      Given a payment of 90,000 VND
      When the merchant asks for <operation> with <token>
      Then the request is refused because the token is invalid
      And asked for <operation> with key and token, the vendor does it

      Examples:
        | operation               | token                               |
        | a signature             | an expired token                    |
        | a signature             | a token signed with another secret  |
        | the details             | an expired token                    |
        | the details             | a token signed with another secret  |
        | a webhook endpoint      | an expired token                    |
        | a webhook endpoint      | a token signed with another secret  |
        | the webhook endpoints   | an expired token                    |
        | the webhook endpoints   | a token signed with another secret  |
        | the refunds             | an expired token                    |
        | the refunds             | a token signed with another secret  |

    @API-02
    Scenario Outline: A refund with <token> pays nothing back
      Given a payment of 90,000 VND
      When the merchant asks for a refund with <token>
      Then the request is refused because the token is invalid
      And 90,000 VND remain refundable

      Examples:
        | token                               |
        | an expired token                    |
        | a token signed with another secret  |

    @API-02
    Scenario Outline: A correction with <token> changes nothing
      Given an order of 90,000 VND to be paid by credit card
      When the merchant asks for a correction with <token>
      Then the request is refused because the token is invalid
      And the status query says that the payment is open
      And asked for a correction with key and token, the vendor does it

      Examples:
        | token                               |
        | an expired token                    |
        | a token signed with another secret  |

  Rule: What an order says beside money comes back
    Green means that every optional part that has a place in the details stood there as it was sent, and that what was said of the
    buyer reached the webhook. It does not claim that the vendor uses any of them.

    @API-09
    Scenario: An order with everything optional
      Given a merchant
      When the merchant initiates a payment with every optional part
      Then the details repeat every optional part

    @HOOK-02 @needs-webhooks
    Scenario: What an order says of the buyer reaches the webhook
      Given a merchant
      When the merchant initiates a payment with every optional part
      And the order is paid
      Then the webhook repeats what the order says of the buyer
