Feature: Asking the vendor about an order
  The merchant can ask for the status and the details of its orders, and correct an open one.

  Rule: The status of an order can be queried
    Green means that the answer named this very order, and that its status followed what had happened.

    @API-08
    Scenario: An order nobody has paid yet is open
      Given an order of 90,000 VND to be paid by credit card
      Then the status query says that the payment is open

    @API-08
    Scenario: A paid order is successful
      Given a payment of 90,000 VND
      Then the status query says that the payment succeeded

    @API-08
    Scenario: An order that does not exist has no status
      Given a merchant
      When the merchant queries the status of an order that does not exist
      Then the request is refused because the reference is unknown

  Rule: The details of an order can be queried
    Green means that amount, currency, method, channel and country in the answer are those of the request.

    @API-09 @CHAN-01
    Scenario Outline: The details of an order to be paid by <method>
      Given an order of 90,000 VND to be paid by <method>
      Then the details repeat what the merchant requested

      Examples:
        | method      |
        | credit card |
        | QR          |
        | ATM card    |

    @API-09
    Scenario: An order that does not exist has no details
      Given a merchant
      When the merchant queries the details of an order that does not exist
      Then the request is refused because the reference is unknown

  Rule: A merchant never sees or changes another merchant's order
    Green means that the other merchant's genuine credentials got a refusal, as if the order did not exist, and that the order
    was left as it was.

    @API-12 @needs-levers
    Scenario Outline: Another merchant asks for <what>
      Given an order of 90,000 VND to be paid by credit card
      When another merchant asks for <what> of that order
      Then the request is refused because the reference is unknown

      Examples:
        | what        |
        | the status  |
        | the details |
        | the refunds |

    @API-12 @needs-levers
    Scenario: Another merchant refunds nothing of it
      Given a payment of 90,000 VND
      When another merchant asks for a refund of that order
      Then the request is refused because the reference is unknown
      And 90,000 VND remain refundable

    @API-12 @needs-levers
    Scenario: Another merchant corrects nothing of it
      Given an order of 90,000 VND to be paid by credit card
      When another merchant marks that order as succeeded
      Then the request is refused because the reference is unknown
      And the status query says that the payment is open

  Rule: An open order can be corrected with a signed request
    Green means that the correction took effect exactly when its signature was genuine and the order was open. The recipe of this
    signature is not published; the one used here is inferred.

    @API-10
    Scenario Outline: The merchant marks an open order as <outcome>
      Given an order of 90,000 VND to be paid by credit card
      When the merchant marks the order as <outcome>
      Then the status query says that the payment <outcome>

      Examples:
        | outcome   |
        | succeeded |
        | failed    |

    @API-10
    Scenario: A correction with a wrong signature changes nothing
      Given an order of 90,000 VND to be paid by credit card
      When somebody marks the order as succeeded with a wrong signature
      Then the request is refused because of the signature
      And the status query says that the payment is open

    @API-10
    Scenario: A payment that was made cannot be marked as failed
      Given a payment of 90,000 VND
      When the merchant marks the order as failed
      Then the request is refused because the order is closed
      And the status query says that the payment succeeded
