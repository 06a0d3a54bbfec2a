Feature: Refunding on the merchant portal
  An operator of the merchant refunds a payment in the browser, without any code.

  Rule: A refund can be initiated from the portal
    Green means that the operator refunded on the portal's page and that the API, asked by itself, tells the same.

    @REF-01 @needs-portal
    Scenario: Refunded in full on the portal
      Given a payment of 400,000 VND
      When the operator refunds it in full on the portal
      Then the portal shows a refund of 400,000 VND as successful
      And the list of refunds holds 1 successful refund of 400,000 VND
      And 0 VND remain refundable
      And the portal says that 0 VND remain refundable

    @REF-01 @REF-03 @needs-portal
    Scenario: Refunded in part on the portal, then in part by the API
      Given a payment of 400,000 VND
      When the operator refunds 100,000 VND on the portal
      Then the portal shows a refund of 100,000 VND as successful
      And 300,000 VND remain refundable
      And the portal says that 300,000 VND remain refundable
      When the merchant refunds 300,000 VND
      Then 0 VND remain refundable
      And the list of refunds holds 2 successful refunds of 400,000 VND

    @REF-01 @REF-04 @needs-portal
    Scenario: The portal refuses more than what remains
      Given a payment of 400,000 VND
      When the operator tries to refund 400,001 VND on the portal
      Then the portal refuses the refund
      And 400,000 VND remain refundable
