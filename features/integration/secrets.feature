Feature: The shop's secret
  With the secret anybody can be PortOne.

  Rule: The secret stays on the server
    Green means that none of the pages, their scripts and the answers that this check fetched had it, in plain, escaped, as hexadecimal or in Base64.

    @SHOP-SECRET-01
    Scenario: No page, script or answer holds the secret
      Given a paid order
      When a stranger reads the shop's pages, scripts and answers
      Then none of them holds the secret
