Feature: The shop's secret
  With the secret anybody can be PortOne.

  Rule: The secret stays on the server
    Green means that nothing which the shop answered in all checks had it, in plain or encoded, nor any of its pages, their scripts and its answers to nonsense,
    and that it was in no address that the shop gave PortOne, and in no header that a browser got while ordering.

    @SHOP-SECRET-01 @last
    Scenario: No page, script or answer holds the secret
      Given a paid order
      When a stranger reads the shop's pages, scripts and answers
      Then nothing that the shop said in all checks holds the secret
