Feature: Onboarding a merchant at SmartPay
  Before a merchant can take payments, SmartPay has to know PortOne's address and both sides have to hold each other's keys.

  Rule: A merchant that is not fully set up cannot take payments
    Green means that a valid request is refused while one part of the set-up is missing, and the like accepted once it is there. Which error the
    vendor gives is inferred.

    @needs-levers
    Scenario Outline: No payments while <missing>
      Given a merchant for whom <missing>
      When the merchant initiates a payment
      Then the request is refused because <reason>
      When the set-up of the merchant is completed
      And the merchant initiates a payment
      Then the payment request is accepted

      @ONB-01
      Examples:
        | missing                                      | reason                       |
        | SmartPay has not whitelisted PortOne         | SmartPay could not be used   |

      @ONB-02
      Examples:
        | missing                                      | reason                       |
        | SmartPay lacks the public key of PortOne     | the channel is not set up    |

      @ONB-03
      Examples:
        | missing                                      | reason                       |
        | PortOne lacks the public key of SmartPay     | the channel is not set up    |

  Rule: The documented methods are active
    Green means that a payment request with this method was accepted and answered with the address of a page for the payer. Whether the page works is shown by the payments.

    Scenario Outline: <method> is active
      Given a merchant
      When the merchant initiates a payment by <method>
      Then the payment request is accepted

      @AVAIL-01
      Examples:
        | method      |
        | credit card |

      @AVAIL-02
      Examples:
        | method |
        | QR     |

      @AVAIL-03
      Examples:
        | method   |
        | ATM card |

  Rule: SmartPay knows the merchant by the documented credentials
    Green means that SmartPay's dashboard, after logging in, showed exactly the channel, the merchant number and the branch of the documentation.

    @CRED-01 @needs-dashboard
    Scenario: The dashboard names the merchant
      Given a merchant
      When the operator logs in to SmartPay's dashboard
      Then the dashboard names the documented channel, merchant and branch
