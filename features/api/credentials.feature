Feature: Credentials of a merchant
  A merchant proves who it is by key and secret, by a token made from them, or by a signature over the request.

  Rule: A token is given to whoever knows key and secret, and to no one else
    Green means that the token given out really opened a protected query, and that wrong credentials got none.

    @API-01
    Scenario: The merchant obtains a token and uses it
      Given an order of 90,000 VND to be paid by credit card
      When the merchant asks for a token
      Then the token opens the status query

    @API-01
    Scenario: A wrong secret gets no token
      Given a merchant
      When somebody asks for a token with a wrong secret
      Then no token is given

    @API-01 @API-03
    Scenario: An unknown key gets no token
      Given a merchant
      When somebody asks for a token with an unknown key
      Then the request is refused because the merchant is unknown

  Rule: A forged, expired or missing token is refused
    Green means that the status query answered with the documented refusal and without the order's data.

    @API-02
    Scenario Outline: The status query is refused with <token>
      Given an order of 90,000 VND to be paid by credit card
      When the status is queried with <token>
      Then the request is refused because the token is invalid

      Examples:
        | token                                    |
        | an expired token                         |
        | a token signed with another secret       |
        | an unsigned token                        |
        | a token of another merchant              |
        | a token whose expiry was changed         |
        | no token                                 |

  Rule: The vendor and the merchant compute the same signature
    Green means that the signature given out equals the merchant's own to the letter.

    @API-11
    Scenario Outline: The vendor signs an order with <reference> as the merchant does
      Given a merchant
      When the merchant asks the vendor to sign an order with <reference>
      Then the vendor's signature equals the merchant's own

      Examples:
        | reference                                |
        | a plain reference                        |
        | a reference with spaces and punctuation  |
        | a Vietnamese reference                   |
