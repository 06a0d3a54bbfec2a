Feature: Paying in Vietnamese
  A payer whose browser asks for Vietnamese gets Vietnamese pages.

  Rule: Every page of a payment speaks Vietnamese, with every letter right
    Green means that each page met on the way declared itself Vietnamese and showed its own Vietnamese wording, free of the
    broken letters of a wrong encoding, and that the payment still worked. It does not judge the wording.

    @LANG-01
    Scenario Outline: Paid by <method> on Vietnamese pages
      Given a payer who reads Vietnamese
      And an order of 75,000 VND to be paid by <method>
      When the payer completes the payment by <method>
      Then every page of the payment was in Vietnamese
      And the merchant reads that 75,000 VND were paid

      Examples:
        | method      |
        | credit card |
        | ATM card    |

      @needs-wallet
      Examples:
        | method |
        | QR     |
