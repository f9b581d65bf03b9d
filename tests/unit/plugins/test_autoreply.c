/* SPDX-License-Identifier: BSD-2-Clause */
/* Rule plugin "autoreply": headers, subjects, and texts that say nothing. */
#include <string.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>

#include "rows.h"

static const char answer[] = "Your order shipped yesterday and arrives on Friday.";

static const char *const bad[] = {
	"Thank you for contacting us. We have received your message and will reply within 24 hours.",
	"Hi,\n\nWe've received your email. Our team will get back to you shortly.\n\nBest regards",
	"This is an automated message. Please do not reply to this email.",
	"Your inquiry has been received. A representative will respond within 1-2 business days.",
	"Thanks for reaching out! We will respond as soon as possible.",
	"We are currently out of the office and will reply on Monday.",
	"Dear customer,\nwe received your request and will get back to you within 48 hours. Thank you for your patience.",
	"Thank you for your message. Our office hours are Monday to Friday, 9 am to 5 pm. We will get back to you.",
	"Auto reply: we got your email and our support team will contact you soon.",
	"Your ticket has been created. One of our agents will be in touch soon.",
	"Hello, thank you for writing to us. We aim to respond to all messages within 24 hours.",
	"We are closed for the holidays. We will answer your message when we are back.",
	"We are experiencing a high volume of messages. Please allow up to 2 business days for a reply. Thank you for your patience.",
	"Thank you for contacting us about your order and we will get back to you within one business day.",
	"Vielen Dank f\u00fcr Ihre Nachricht. Wir haben Ihre Anfrage erhalten und melden uns innerhalb von 24 Stunden.",
	"Gracias por contactarnos. Hemos recibido su mensaje y le responderemos en 24 horas.",
	"Nous avons bien re\u00e7u votre message et nous vous r\u00e9pondrons dans les plus brefs d\u00e9lais.",
	"\u60a8\u597d\uff0c\u6211\u4eec\u5df2\u6536\u5230\u60a8\u7684\u90ae\u4ef6\uff0c\u5c06\u572824\u5c0f\u65f6\u5185\u56de\u590d\u60a8\u3002",
	"\u611f\u8c22\u60a8\u7684\u6765\u4fe1\uff0c\u6211\u4eec\u4f1a\u5c3d\u5feb\u56de\u590d\u3002",
	"\u8fd9\u662f\u4e00\u5c01\u81ea\u52a8\u56de\u590d\u90ae\u4ef6\u3002",
	"Thanks for your message! A member of our team will be with you as soon as possible, usually within one business day.",
	"Hello, your email is important to us. We will reply to you in the order it was received.",
	"Your request (#48213) has been received and is being reviewed by our support staff.",
	"Hi there! We got your message. Expect a response within 12 hours.",
	"We appreciate you contacting us. One of our colleagues will get back to you soon! Have a great day!",
	"Thanks for contacting Best Gadgets support. Our hours are 9-5 EST Monday through Friday. We'll respond to your inquiry on the next business day.",
	"This mailbox is not monitored. Please do not reply.",
	"Your request (#48213) has been received and is being reviewed by our support staff.",
	"This mailbox is not monitored. Please do not reply.",
	"Thank you for your e-mail. I am on annual leave until May 20, please contact my colleague.",
	"\u304a\u554f\u3044\u5408\u308f\u305b\u3092\u53d7\u3051\u4ed8\u3051\u307e\u3057\u305f\u3002\u62c5\u5f53\u8005\u3088\u308a\u8ffd\u3063\u3066\u3054\u9023\u7d61\u3044\u305f\u3057\u307e\u3059\u3002",
	"Bedankt voor uw bericht. We hebben uw e-mail ontvangen en reageren binnen 24 uur.",
	"We're on it! One of the team will come back to you before the end of tomorrow.",
	"Your note landed safely with us. Answers usually take a day.",
	"Hello, thanks for dropping us a line. We read every message and answer in turn, normally in less than 36 hours.",
	"Our helpdesk opens again on Monday at 8. Messages are answered from then on.",
	"I'm travelling with little access to mail and will be back on the 14th.",
	"Case 55120 has been opened for you. We'll be in contact.",
	"We know you are waiting. Because of the season replies take a little longer than usual.",
	"Message received, thank you! You'll get a personal reply from one of our staff soon.",
	"Thank you for getting in touch with customer care. We strive to answer all queries in one working day.",
	"您好，客服现在不在线，上班后会第一时间回复您。",
	"亲，您的留言我们已经看到，请耐心等待，客服会尽快与您联系。",
	"感谢您的咨询，我们的工作时间是周一至周五9点到18点。",
	"Su mensaje nos ha llegado. En breve uno de nuestros agentes le atenderá.",
	"Gracias por escribirnos, le contestaremos lo antes posible.",
	"Votre demande a bien été enregistrée sous le numéro 4471. Un conseiller vous répondra sous 48 heures.",
	"Notre service est fermé jusqu'à lundi. Nous traiterons votre message à la réouverture.",
	"Ihre Anfrage ist bei uns eingegangen. Ein Mitarbeiter kümmert sich schnellstmöglich darum.",
	"Ich bin bis zum 12. August nicht erreichbar, Ihre E-Mail wird nicht weitergeleitet.",
	"Recebemos a sua mensagem e responderemos em até 24 horas úteis.",
	"O nosso horário de atendimento é de segunda a sexta, das 9h às 18h. Responderemos assim que possível.",
	"La Sua richiesta è stata presa in carico. Un operatore La contatterà al più presto.",
	"Grazie per averci scritto, risponderemo entro 24 ore lavorative.",
	"Wij hebben uw vraag in goede orde ontvangen. U krijgt zo spoedig mogelijk antwoord.",
	"Ons kantoor is gesloten tot maandag, daarna beantwoorden wij uw bericht.",
	"Dziękujemy za wiadomość. Odpowiemy w ciągu 24 godzin roboczych.",
	"Twoje zgłoszenie zostało zarejestrowane, nasz konsultant wkrótce się z Tobą skontaktuje.",
	"お問い合わせいただきありがとうございます。2営業日以内に担当者よりご返信いたします。",
	"ただいま休業中です。順次ご対応いたしますので、しばらくお待ちください。",
	"Thanks! We have your email and somebody will look at it first thing in the morning.",
	"We appreciate that you wrote to us! All mails are read in the order they arrive.",
	"This is a no-reply address.",
	"Our team has been notified and someone will write to you shortly.",
	"I'm out for a few days and will answer when I get back.",
	"Thanks for your patience, we're a small team and try to answer everyone in two days.",
	"Happy holidays! We are taking a break until January 3.",
	"您好，您的问题已经转给相关同事，稍后给您答复。",
	"现在是非工作时间，请留言，我们上班后马上回复。",
	"感谢您的耐心等待，我们会在一个工作日内与您联系。",
	"Su solicitud está en cola. Le atenderemos por orden de llegada.",
	"Estamos de vacaciones hasta el 2 de enero y contestaremos a la vuelta.",
	"Merci de votre message, nous y répondrons dans la journée.",
	"Je suis absente jusqu'au 3 mai et lirai vos messages à mon retour.",
	"Danke für Ihre Mail! Wir melden uns so bald wie möglich bei Ihnen.",
	"Wir sind derzeit nicht besetzt. Ihre Anfrage wird am nächsten Werktag bearbeitet.",
	"Agradecemos o seu contacto. A nossa equipa irá responder com a maior brevidade.",
	"Sua mensagem foi encaminhada ao setor responsável, aguarde nosso retorno.",
	"Abbiamo ricevuto la tua email, ti risponderemo appena possibile.",
	"I nostri uffici sono chiusi fino al 20 agosto.",
	"Dank voor je mail, we komen er zo snel mogelijk op terug.",
	"Ik ben tot maandag niet op kantoor en lees mijn mail niet.",
	"Państwa wiadomość dotarła do nas, prosimy czekać na odpowiedź.",
	"Jestem na urlopie do 15 lipca, odpowiem po powrocie.",
	"メールを受信しました。内容を確認の上、担当者からご連絡いたします。",
	"年末年始は休業とさせていただきます。1月5日より順次返信いたします。",
	"Your inquiry will be taken care of by our specialists, normally on the same day.",
	"Your mail was received and placed in line. We answer within a working day.",
	"Sorry we missed you! Our chat is staffed from 9 to 17, we will write back then.",
	"I am on parental leave. Messages are not forwarded.",
	"We read your message and will come back to you later today.",
	"This message was generated by our system to confirm receipt.",
	"您的来信已登记，客服人员将于24小时内处理。",
	"Hemos registrado su consulta. Le responderemos en un día hábil.",
	"Nous accusons réception de votre message et vous répondrons bientôt.",
	"Vielen Dank, Ihre Nachricht ist angekommen. Unser Team antwortet werktags innerhalb von 24 Stunden.",
	"Obrigado pelo contato! Em breve um atendente irá falar com você.",
	"Grazie, il tuo messaggio è arrivato e verrà letto al più presto.",
	"ご連絡ありがとうございます。担当者が確認し、後日お返事いたします。",
	"Hi there,\n\nThanks for reaching out to Best Gadgets! Your ticket (#48123) has been created and a member of our support team will follow up with you shortly. To add additional comments, reply to this email.",
	"##- Please type your reply above this line -##\n\nYour request (1234) has been received and is being reviewed by our support staff.",
	"Hello,\nWe acknowledge receipt of your query and it is being looked into. Ticket ID: 55123.",
	"Thanks for your email! We're getting more questions than usual right now, so it might take us a bit longer to get back to you.",
	"Hey! Thanks for contacting us. We typically reply in a few hours. In the meantime, you may find your answer in our help center.",
	"Thank you for contacting our customer service. Our team will get back to you within 24-48 hours, Monday through Friday.",
	"I am out of the office until January 5 with limited access to email. For urgent matters please contact my colleague.",
	"I'm currently on vacation and will return on Monday, August 12. I will respond to your message upon my return.",
	"Our office will be closed from December 24 to January 2. We wish you happy holidays!",
	"Due to the Chinese New Year holiday, our team will be away from Feb 10 to Feb 17. Replies may be delayed.",
	"Happy Spring Festival! We are on holiday from 1/28 to 2/5 and will reply you after holiday.",
	"This mailbox is not monitored. Please use the contact form in your account.",
	"You have reached an unmonitored inbox.",
	"This is an automatic confirmation that your message arrived. No need to reply.",
	"Please do not respond to this email, it was sent from a notification-only address.",
	"Your message has been forwarded to the relevant department who will be in contact.",
	"We've received your note and one of our specialists will be in contact as soon as they can.",
	"Dear valued customer, thanks for your inquiry. Our working time is GMT+8 9:00-18:00, Monday to Saturday. We will answer you at the first time when we are online.",
	"Dear friend, your message is well received. We will reply you within 24 hours, except weekends and holidays.",
	"Hello dear, we got your mail, our agent will check and feedback to you soon.",
	"Sorry we are off work now. We will get in touch with you once we are back to work.",
	"Thank you for your message! It is now in our queue. Average wait: 6 hours.",
	"Your case has been assigned to an agent. You will get an update within one business day.",
	"We appreciate your patience while we review your inquiry. Someone will be with you shortly.",
	"Ticket #99231 received. We'll be in touch!",
	"Thanks for getting in touch. Our customer service team is available 9am-5pm EST and will respond during those hours.",
	"您好！您的邮件我们已收到，会在一个工作日内给您回复，谢谢！",
	"亲，现在是休息时间，客服明天9点上班后会尽快回复您的消息。",
	"这是系统自动回复，请不要直接回复本邮件。",
	"您好，我正在休假，邮件无法及时回复，如有急事请联系我的同事。",
	"春节放假通知：我们将于2月9日至2月17日放假，期间消息将延迟回复。",
	"Estimado cliente, hemos recibido su solicitud con el número 4412 y un agente se pondrá en contacto con usted a la brevedad posible.",
	"Este buzón no se supervisa, por favor no responda a este correo.",
	"Estaré fuera de la oficina hasta el 15 de agosto, con acceso limitado al correo.",
	"Sehr geehrte Kundin, vielen Dank für Ihre Anfrage. Ihr Ticket wurde unter der Nummer 4711 angelegt. Wir melden uns so schnell wie möglich.",
	"Ich bin derzeit im Urlaub und ab dem 3. Juni wieder erreichbar. Ihre Nachricht wird nicht weitergeleitet.",
	"Diese E-Mail wurde automatisch erstellt, bitte antworten Sie nicht darauf.",
	"Bonjour, votre ticket n° 3321 a bien été créé. Notre équipe vous répondra dans les plus brefs délais.",
	"Je suis en congés jusqu'au 20 août. Je traiterai votre message à mon retour.",
	"Cette boîte de réception n'est pas consultée, merci de ne pas répondre.",
	"Olá! Recebemos seu contato e abrimos o chamado 8812. Em até 48 horas úteis você terá um retorno.",
	"Gentile cliente, il Suo ticket è stato aperto. Un nostro operatore risponderà al più presto.",
	"Automatic response: your inquiry is in good hands, hang tight!",
	"We're away right now but will read this when we're back on Monday.",
	"Sit tight! A human will reply to you within the next few hours.",
	"All our agents are busy at the moment. Your message will be answered in the order of arrival.",
	"Thanks for writing in! This is just a quick note to let you know we've got your email.",
	"Dear customer, message received with thanks, will revert asap.",
	"Hi! We got your ticket, number 20931. Expect to hear from our crew by tomorrow.",
	"Thank you for emailing Sunrise Home. Office hours: Mon-Fri 8-4 PST. Emails received outside these hours are answered the next business day.",
	"Hello, this inbox is for outgoing mail only. Replies are not read.",
	"Our shop is closed for summer break until August 25. We'll process all messages afterwards.",
	"Dear customer, your inquiry no. 77120 was logged in our system, a colleague takes care of it as soon as possible.",
	"I'm away from my desk this week; Kevin covers for me.",
	"Thanks for your note! We read everything and reply to everyone, usually the same day.",
	"Your email was received. Owing to the holiday season our response time is currently 3 to 4 days.",
	"Greetings! Our representative will attend to your concern at the soonest.",
	"[Auto] Message received.",
	"Hi, I am traveling for work and might be slow to answer. I'll be back on the 22nd.",
	"Hello from the night shift bot: the team wakes up at 8 am and will write to you then.",
	"您好，已收到您的反馈，我们会安排专人尽快跟进，请您耐心等候。",
	"感谢留言！当前咨询人数较多，请稍等，客服将依次回复。",
	"Hola, gracias por escribirnos. Nuestro horario es de lunes a viernes de 9 a 18 h. Le atenderemos lo antes posible.",
	"Wir haben Betriebsferien vom 1. bis 15. August. Ihre Anfrage beantworten wir danach.",
	"Merci pour votre mail ! Notre service client le traitera sous 48h ouvrées.",
	"Your support request is number 3 in line. An advisor answers soon.",
	"We confirm that your complaint was received and will be examined by our team.",
	"Hello,\nyour request is being routed to the proper team. Hang on, they will be in contact in a bit.\nSupport",
	"I have left for maternity leave and will be back in September. My colleague Lena covers my inbox.",
	"Thank you. We will be reading your message during business hours.",
	"Hi Kate! An agent is on the case and will circle back with you before long.",
	"Hey, thanks a million for your mail. It is now in the hands of our care crew. Expect some words from them no later than Wednesday.",
	"Dear buyer, your question was passed to the after-sales department. They will reply you in 1-2 working days. Sorry for waiting.",
	"Thanks for pinging us! Our humans are asleep right now. First thing in the morning somebody will pick this up.",
	"We're a bit swamped this week, so please allow up to 72 hours for our response. We appreciate you.",
	"Request #4471 logged. Status: open. You will be notified of any updates.",
	"Dear Sir/Madam, We are closed on account of Diwali from 10 Nov to 14 Nov. Queries received in this period shall be attended from 15 Nov.",
	"Good day! Kindly be informed that your concern has been endorsed to our resolutions team for further handling. Expect feedback in 2 to 3 banking days.",
	"The person you wrote to no longer works here. Your message was forwarded to the team inbox.",
	"Out of office till Thursday. Slow to respond.",
	"Many thanks for your correspondence, which is receiving our attention. A full response will follow in due course.",
	"Your feedback has been submitted. No further action is needed.",
	"Hi Amy, we saw your message come in. Someone from customer happiness will jump on it soon!",
	"This acknowledges your e-mail of today. Our reference: CS-22110. We answer all letters in the order they come.",
	"Sorry we can't chat now. Leave us a message and we'll respond when our lines open at 9am CET.",
	"Hello, thank you for choosing Brightway. A support hero has been assigned to your ticket and is looking into it. You'll hear from them today.",
	"Dear customer, we have notified the related department to check, please wait patiently and we will update you once there is any news.",
	"Dear friend, thanks for your email. Due to time difference, we will reply within 24 hours. Have a nice day.",
	"We're off for the long weekend. Back Tuesday!",
	"I am attending a trade fair this week and read mail only in the evenings.",
	"Thanks for your inquiry, one of our experts is reviewing it as we speak.",
	"Dear customer, your enquiry has reached our service desk and will be worked on shortly. Reference: SD-90812.",
	"Thank you for writing. I only work Mondays to Wednesdays and will come back to your mail then.",
	"Hi! Our support is offline at the moment. Drop your question here and we get back as soon as we are in.",
	"We have got your ticket, please do not send again, it makes the queue longer.",
	"This is a confirmation from our helpdesk that a new ticket was opened on your behalf. An agent picks it up soon.",
	"Hello, Maria is on sick leave this week. Your message will be handled by somebody else from the team.",
	"Dear Sir, thank you for your kind email. Our concerned team is working on it and shall revert within 48 working hours.",
	"You are now number 12 in our queue. Average response time today is 5 hours.",
	"Your message was escalated to a senior specialist. They will follow up with you by e-mail.",
	"Thanks for your patience during this busy season. All requests are being processed in order.",
	"Bonjour, nous avons bien reçu votre message et revenons vers vous sous 24h. / We got your message and will answer within 24h.",
	"Warehouse and office are closed 1-3 May for Labour Day. Messages will be answered on 4 May.",
	"Noted with thanks, we will check and get back to you soon.",
	"Greetings from our service team! Your concern was registered and is being looked into.",
	NULL,
};

static const char *const good[] = {
	"Hi Kate, I looked at your case: the drawer runner is bent, so a new pair goes out tomorrow. It should take three days.",
	"Dear buyer, I asked the after-sales department. They say the lamp has to be wired by an electrician.",
	"Hello, we're closed on Monday for Memorial Day so your chair ships Tuesday with FedEx.",
	"Thank you for your message. Unfortunately we cannot change the colour any more.",
	"Your parcel was scanned in Reno at noon. I will write you again by Friday.",
	"Thanks for letting me know. Your refund of $18.20 will be visible in 3 to 5 business days.",
	"Dear Tom, your case was closed by mistake. I opened it again and refunded the postage.",
	"Hi, yes. You may return it within 30 days.",
	"Sorry for the late answer. The seller's warranty is two years, so you are covered until May.",
	"We received the pictures. Please keep the vase, a new one comes on Thursday.",
	"Hi Maria, no, the cover does not come off. You can wipe it with a damp cloth.",
	"I spoke to the driver: he left it with your neighbor at number 14.",
	"Hello, order 200012345678901 is on time. UPS will deliver it tomorrow before 8 pm.",
	"Dear Joe, our team tested three pumps from this lot and they were fine. We will send you one of them.",
	"Good morning, the manual is attached. On page 4 you see how to reset the clock.",
	"Thank you, we've noted the new apartment number and told the carrier.",
	"Hi, the light blinks when the battery is low. Charge it for two hours first.",
	"Dear Ms. Lo, I have checked again: the payment was reversed on Monday, nothing was taken.",
	"Sorry about the wait. Your two cushions left today.",
	"Hello Ben, which side does the crack run? If it is the left one, the glass is covered.",
	"Thank you for your patience. The carrier has found your parcel and it will be with you on Monday.",
	"Your account will show the credit in one week. If not, tell me and I call the bank.",
	"Dear customer, the invoice was sent to your Walmart account this morning.",
	"We do not have any in stock until June. Would you like to wait or cancel?",
	"Please open the app, choose your device and press update. It takes about ten minutes.",
	"I am glad it works now! Have a great weekend.",
	"Hello, I checked with the team: the screws are M4. Please use a small driver.",
	"Your request to change the name on the invoice is done, see the attachment.",
	"Dear Ana, I will look for the missing bolt today and mail it tomorrow.",
	"Hi, the office chair was sent on Tuesday, you will have it this week.",
	"Yes, the team ball is the official size 5.",
	"Sorry that you had to wait. The refund was made this morning.",
	"Please answer one question: is the light red or green?",
	"I asked the carrier about your case and they will search for the box until Friday.",
	"The ticket holder is made of steel. It takes up to 50 tickets.",
	"We opened a claim with USPS for you. They answer in about ten days, and I refund you then whatever they say.",
	"Thanks, the new address is noted and the box ships there tomorrow.",
	"Hello Rob, no need to send it back. Keep it or give it to a friend.",
	"Good evening, the warranty card is in the second drawer, number 44182.",
	"I can help with that. Hold the key for five seconds and let go.",
	"Your message made our day, thank you! The cushion you like is back in stock.",
	"Hi Lou, we close at six today so the pickup has to be before that.",
	"Thank you for contacting us. Your order shipped yesterday and arrives on Friday.",
	"Thank you for your message. We have refunded $39.99 to your card. It takes 3-5 business days.",
	"We received your message. The replacement lid was sent today with UPS, tracking number 1Z999AA10123456784.",
	"Dear Maria,\n\nwe are sorry that your order was lost. We have shipped a new one; the new delivery date is May 12. "
	"Thank you for your patience.",
	"Thanks for reaching out! Yes, it fits the 2019 model.",
	"I'm sorry about the broken lid. Would you like a refund or a replacement?",
	"Thank you for contacting us. Could you send us a photo of the damaged part? We will reply within 24 hours.",
	"We have received your return and issued a full refund.",
	"Unfortunately this item is out of stock, so I cancelled the order.",
	"Please press the button for ten seconds and try again. If it still does not work, we will replace it.",
	"I checked with the carrier and the parcel is delayed by weather. I will get back to you tomorrow with news.",
	"Thank you.",
	"No problem, have a nice day!",
	"You are welcome, Maria.",
	"The battery is charged in two hours.",
	"Thank you for your patience. The package left our warehouse on Monday.",
	"Thank you for contacting us. You can return the item within 30 days.",
	"Please see the attached manual.",
	"The parcel will arrive within 3 business days.",
	"We will ship the replacement within 24 hours.",
	"Gracias por su mensaje. Hemos enviado un reemplazo hoy.",
	"Vielen Dank f\u00fcr Ihre Nachricht. Ihre Bestellung wurde gestern versandt, wir melden uns innerhalb von 2 Tagen.",
	"\u6211\u4eec\u5df2\u6536\u5230\u60a8\u7684\u90ae\u4ef6\uff0c\u5df2\u7ecf\u4e3a\u60a8\u9000\u6b3e\u3002",
	"Thank you for your patience. The manual can be found inside the box under the foam.",
	"We have received your message and checked with our warehouse: order 77-12 left on April 30.",
	"We will get back to you within 24 hours with the answer from the manufacturer.",
	"\u60a8\u597d\uff0c\u611f\u8c22\u60a8\u7684\u6765\u4fe1\u3002\u60a8\u8981\u7684\u662f\u84dd\u8272\u8fd8\u662f\u9ed1\u8272\uff1f\u786e\u8ba4\u540e\u6211\u4eec\u4f1a\u5c3d\u5feb\u4e3a\u60a8\u5904\u7406\u3002",
	"\u304a\u554f\u3044\u5408\u308f\u305b\u3042\u308a\u304c\u3068\u3046\u3054\u3056\u3044\u307e\u3059\u3002\u3054\u6ce8\u6587\u306e\u5546\u54c1\u306f\u672c\u65e5\u767a\u9001\u3044\u305f\u3057\u307e\u3057\u305f\u3002",
	"Thanks for your message. The lid is dishwasher safe, the base is not.",
	"We received your email and the photos; the crack is covered and a new bowl goes out today.",
	"Thank you for contacting us. It takes two AA batteries.",
	"I was out of the office on Monday, sorry for the wait. Your refund went through this morning.",
	"We got your request and changed the address to 12 Elm Street.",
	"I will get back to you by Thursday, once UPS has answered about the missing box.",
	"We will reply to your claim when we have the photos; please send two of them.",
	"Thank you for your patience, the parcel was found and is coming tomorrow.",
	"Your message reached us after the parcel had left, so we could not stop it.",
	"Office hours of the depot are 9 to 5, you can collect the parcel there.",
	"Our support team looked at your video: the blade is mounted upside down.",
	"Thank you for writing. Which of the two chairs wobbles?",
	"We received the returned shoes yesterday and will send the other size within 24 hours.",
	"Merci pour votre message. Le câble mesure deux mètres.",
	"Nous avons bien reçu votre colis et le remboursement de 20 € est fait.",
	"Vielen Dank für Ihre Nachricht. Der Akku hält etwa acht Stunden.",
	"Wir haben Ihre E-Mail erhalten und die Adresse geändert.",
	"Gracias por su mensaje. La talla M mide 40 cm de pecho.",
	"Hemos recibido su mensaje; el paquete saldrá mañana por UPS.",
	"Obrigado pela mensagem. O produto tem garantia de dois anos.",
	"Grazie per il messaggio. Il coperchio si può lavare in lavastoviglie.",
	"Bedankt voor uw bericht. De lamp werkt op 230 volt.",
	"Dziękujemy za wiadomość. Paczka została wysłana wczoraj.",
	"您好，感谢您的来信。这款灯可以用在浴室里。",
	"您好，收到您的邮件了，请把坏的零件拍张照片发给我们。",
	"お問い合わせありがとうございます。この商品は電池2本で動きます。",
	"メールを拝見しました。サイズはどちらをご希望でしょうか。",
	"Thanks for reaching out. Sorry, we do not make it in red.",
	"Thank you for your inquiry. Please press reset for five seconds; the light turns green.",
	"Hi Tom, got your note. You were charged once only; the second line is a hold that falls away.",
	"Thanks for the message. The hinge is on the left side.",
	"We got your email. The order was still open, so it is cancelled now.",
	"Thank you for reaching out; the blue paint is water based.",
	"Hello, we registered your return today and your money is on the way back.",
	"I am sorry for the late reply, I was on vacation. Your lamp is 40 cm high.",
	"Our office is closed on Sunday, so your chair leaves on Monday.",
	"We will answer the bank's question for you, please tell us the last date of the charge.",
	"Your email arrived just in time, I stopped the parcel.",
	"Thank you for your patience. I have talked to the carrier and he comes again tomorrow.",
	"We have received your message about the wrong size. Which size do you need?",
	"You will receive a reply from UPS, they opened the trace today.",
	"Thank you for contacting us. No, it can't be used outdoors.",
	"The team will look into the hinge you sent us when it gets here on Tuesday, then you get a new one.",
	"Thanks, noted. Apartment 4B it is.",
	"Merci de votre message. La couleur exacte est bleu nuit.",
	"Nous avons bien reçu votre demande et annulé la commande.",
	"Danke für Ihre Nachricht. Das Regal trägt 30 Kilo.",
	"Ihre Anfrage haben wir erhalten. Der Ersatz geht heute raus.",
	"Gracias por escribirnos. La batería dura seis horas.",
	"Recibimos su correo y ya cambiamos la dirección.",
	"Obrigado pelo contato. A caixa vem com quatro parafusos.",
	"Recebemos a sua mensagem e o reembolso foi feito hoje.",
	"Grazie per averci scritto. La batteria dura sei ore.",
	"Abbiamo ricevuto il messaggio e cambiato l'indirizzo.",
	"Dank voor je bericht. Het snoer is twee meter lang.",
	"Dziękujemy za wiadomość. Kolor to ciemny niebieski.",
	"您好，邮件收到了。灯泡是E27接口的。",
	"感谢您的留言，地址已经帮您改好了。",
	"メールありがとうございます。色は紺になります。",
	"お問い合わせの件、住所を変更いたしました。",
	"We received your message. It is the left screw that you must turn.",
	"Thank you for writing to us. The second parcel comes on Monday.",
	"I got your mail. The cushion cover is washable.",
	"Thanks for contacting us, the color code is 7016.",
	"We will check the weight tomorrow and tell you the number.",
	"Danke für Ihre Nachricht, der Stuhl ist aus Eiche.",
	"Merci, le colis part demain.",
	"Gracias por su mensaje, la tapa es de vidrio.",
	"Obrigado pela mensagem, a cor é azul.",
	"您好，消息已收到，尺寸是30厘米。",
	"Grazie per il messaggio, la sedia è di legno.",
	"ご連絡ありがとうございます。重さは2キロです。",
	"Hi Maria, thanks for reaching out. The blue lid is out of stock until June 3, would the green one do?",
	"Dear Tom, we have received your message and refunded $12 for the scratched plate.",
	"Your ticket to the museum was mailed on Monday in a plain envelope.",
	"Thanks for getting in touch. Please turn the dial to zero and press start.",
	"We will get back to you once the lab has tested the charger you mailed us.",
	"Thank you for your patience, your order left Memphis this morning.",
	"I was on vacation last week, so sorry. The shelf holds 40 pounds.",
	"Our office in Ohio will mail the invoice tomorrow.",
	"We're closed on Sunday, so the driver picks it up on Monday at 9.",
	"I looked at your photos. The seam is torn, so you'll get a new cover within five days.",
	"Hello, one of our technicians looked at the log: the fuse is blown.",
	"No worries, we moved the delivery to Friday between 9 and 12.",
	"Thanks for the reminder, the label is attached now.",
	"Our team replaced the pump; it arrives within 48 hours.",
	"We appreciate your patience. The customs form was missing and has been sent again.",
	"Our warehouse received your return; you'll get the money back in two days.",
	"Your question: yes, it is waterproof to 10 meters.",
	"The mailbox has a lock and two keys, both are in the bag.",
	"I have asked UPS to reroute it to your office; they answer within 24 hours.",
	"Please allow 24 hours for the glue to dry.",
	"The out of office sign is 8 inches wide and made of oak.",
	"Dear Ann, regarding order 2000123-45678901, the replacement was sent via FedEx.",
	"We will be with you on Tuesday to install the washer.",
	"您好，您的包裹明天会到，请注意查收。",
	"您好，邮件收到，尺码已经帮您换成L码，今天发出。",
	"Hola Ana, recibimos su foto y hoy sale la tapa nueva.",
	"Bonjour, nous avons bien reçu les photos, la pièce part demain.",
	"Guten Tag, Ihre Nachricht haben wir gelesen, die Schraube M4 liegt bei.",
	"It depends on the size; what is the diameter of your sink?",
	"Received, thank you. The claim is approved.",
	"Your ticket for the raffle is in the envelope, number 3.",
	"Office chairs ship in two boxes; yours is number 20931.",
	"I'm away on Friday, so I mailed the screws today.",
	"The bot vacuum wakes up at 8 am if the timer is on.",
	"We logged your return and your money is on the way to your card.",
	"The colleague who packed it forgot the cable; it ships today.",
	"The inbox tray is made of bamboo and holds 500 sheets.",
	"Holiday lights come with a two year warranty.",
	"Thanks for the note. The left screw is longer, swap them.",
	"The team in Reno repacked it, and it leaves tonight.",
	"Closed cell foam, half an inch thick.",
	"We reply on behalf of Walmart's return center: send it to the address on the label.",
	"I asked the factory and they say the coating is lead free.",
	"您好，这款是防水的，可以放心使用。",
	"Danke für die Fotos, die neue Tür geht morgen raus.",
	"Merci, j'ai changé l'adresse.",
	"The order was split; one half came Monday, the other is due Thursday.",
	"Please check the breaker first, then tell me if the light is on.",
	"Both of your messages are about the same lamp, so I refunded it once.",
	"The response time of the monitor is 4 ms.",
	NULL,
};

static void test_texts(void **state)
{
	assert_int_equal(rows_wrong(*state, bad, true), 0);
	assert_int_equal(rows_wrong(*state, good, false), 0);
	assert_int_equal(rows_wrong(*state, rows_honest, false), 0);
}

struct header_row {
	const char *name, *value;
	bool found;
};

static const struct header_row headers[] = {
	{"Auto-Submitted", "auto-replied", true},
	{"Auto-Submitted", "auto-generated; type=x", true},
	{"Auto-Submitted", "AUTO-REPLIED", true},
	{"Auto-Submitted", "no", false},
	{"X-Autoreply", "yes", true},
	{"X-Autoreply", "no", false},
	{"X-Autorespond", "Your message", true},
	{"X-Autoresponder", "x", true},
	{"Precedence", "auto_reply", true},
	{"Precedence", "bulk", false},
	{"Precedence", "list", false},
	{"Precedence", "junk", false},
	{"List-Id", "<a.b>", false},
	{"X-Auto-Response-Suppress", "All", false},
	{"X-Auto-Response-Suppress", "OOF", false},
	{"Subject", "Automatic reply: Where is my order?", true},
	{"Subject", "Auto-Reply: order", true},
	{"Subject", "Out of Office: order", true},
	{"Subject", "Re: Out of office chair, wrong color", false},
	{"Subject", "Automatische Antwort: Bestellung", true},
	{"Subject", "R\u00e9ponse automatique : commande", true},
	{"Subject", "Respuesta autom\u00e1tica: pedido", true},
	{"Subject", "\u81ea\u52a8\u56de\u590d: order", true},
	{"Subject", "Auto: order", false},
	{"Subject", "Re: automatic cat feeder", false},
	{"Subject", "Re: Your order 123", false},
	{"Subject", "Autoradio question", false},
};

static void test_headers(void **state)
{
	int wrong = 0;

	for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {
		struct fake_message message = {.headers = {{headers[i].name, headers[i].value}},
		    .texts = {{POSTERN_SEGMENT_NEW, answer}}};
		struct fake_result result = fake_check(*state, &message);

		if ((result.findings > 0) == headers[i].found && result.marked == headers[i].found)
			continue;
		fprintf(stderr, "%s: %s: %s\n", headers[i].found ? "not found" : "false alarm", headers[i].name,
		    headers[i].value);
		wrong++;
	}
	assert_int_equal(wrong, 0);
}

static void test_more(void **state)
{
	struct fake_message bounce = {.sender = "", .texts = {{POSTERN_SEGMENT_NEW, answer}}};
	struct fake_message reply = {.headers = {{"Subject", "Auto: order"}, {"In-Reply-To", "<a@b>"}},
	    .texts = {{POSTERN_SEGMENT_NEW, answer}}};
	struct fake_message id = {.texts = {{POSTERN_SEGMENT_NEW, bad[0]}}, .ids = {{"order", "1234567890123"}}};
	struct fake_message quote = {.texts = {{POSTERN_SEGMENT_NEW, bad[0]},
	    {POSTERN_SEGMENT_QUOTE, "Your order was sent on Monday with UPS."}}};

	assert_int_equal(fake_check(*state, &bounce).findings, 1);
	assert_int_equal(fake_check(*state, &reply).findings, 1);
	assert_int_equal(fake_check(*state, &id).findings, 0);
	assert_int_equal(fake_check(*state, &quote).findings, 1);
}

/* A help desk that marks its agents' replies as automatic. */
static void test_trust(void **state)
{
	struct fake_option trust[] = {{"trust_auto_headers", "no"}, {NULL, NULL}};
	struct fake_option human[] = {{"human_senders", "agent@seller.example, @desk.example,helpdesk"}, {NULL, NULL}};
	struct fake_message marked = {.headers = {{"Auto-Submitted", "auto-generated"}},
	    .texts = {{POSTERN_SEGMENT_NEW, answer}}};
	struct fake_message stock = {.headers = {{"Auto-Submitted", "auto-generated"}},
	    .texts = {{POSTERN_SEGMENT_NEW, bad[0]}}};
	struct fake_rule *rule = fake_open(&postern_plugin, trust);

	(void)state;
	assert_int_equal(fake_check(rule, &marked).findings, 0);
	assert_int_equal(fake_check(rule, &stock).findings, 1);
	fake_close(&rule);
	rule = fake_open(&postern_plugin, human);
	assert_int_equal(fake_check(rule, &marked).findings, 0);
	marked.sender = "Anna@Desk.example";
	assert_int_equal(fake_check(rule, &marked).findings, 0);
	marked.sender = "anna@other.example";
	assert_int_equal(fake_check(rule, &marked).findings, 1);
	marked.account = "helpdesk";
	assert_int_equal(fake_check(rule, &marked).findings, 0);
	fake_close(&rule);
}

/* Too soon for a person: but only what answers nothing. */
static void test_hurried(void **state)
{
	struct fake_message message = {.received = 1000030, .inbound = {.known = 1, .received = 1000000},
	    .texts = {{POSTERN_SEGMENT_NEW, "Thank you for your message, Maria. Nice that you found the blue one."}}};
	struct fake_message reply = {.received = 1000030, .inbound = {.known = 1, .received = 1000000},
	    .texts = {{POSTERN_SEGMENT_NEW, "Thank you for your message. Your order shipped yesterday."}}};

	assert_int_equal(fake_check(*state, &message).findings, 1);
	assert_int_equal(fake_check(*state, &reply).findings, 0);
	message.inbound.received = 999960;
	assert_int_equal(fake_check(*state, &message).findings, 0);
	message.inbound.known = 0;
	message.inbound.received = 1000000;
	assert_int_equal(fake_check(*state, &message).findings, 0);
}

/* The same empty words to three customers; a store that fails is no "nothing found". */
static void test_repeated(void **state)
{
	struct fake_message message = {.recipients = {"0123@relay.walmart.com"}, .counts = {{"body:", 3}, {"sent:", 1}},
	    .texts = {{POSTERN_SEGMENT_NEW, "Nice to meet you, my friend, may the sun shine over you and your whole family today."}}};
	struct fake_message reply = {.recipients = {"0123@relay.walmart.com"}, .counts = {{"body:", 30}},
	    .texts = {{POSTERN_SEGMENT_NEW, "Yes, it fits the 2019 model, and the box has all screws that you need to mount it."}}};

	assert_int_equal(fake_check(*state, &message).findings, 1);
	assert_int_equal(fake_check(*state, &reply).findings, 0);
	message.counter_status = POSTERN_TEMPFAIL;
	assert_int_equal(fake_check(*state, &message).status, POSTERN_TEMPFAIL);
	message.counter_status = POSTERN_OK;
	message.counts[0].value = 2;
	assert_int_equal(fake_check(*state, &message).findings, 0);
}

/* A registered template is the seller's own, filled in or not. */
static void test_templates(void **state)
{
	struct fake_option options[] = {{"templates", "../tests/unit/plugins/reply-templates.txt"}, {NULL, NULL}};
	struct fake_rule *rule = fake_open(&postern_plugin, options);
	struct fake_message filled = {.texts = {{POSTERN_SEGMENT_NEW,
	    "Dear Maria,\nwe have received your message and will get back to you within 24 hours.\nTeam Blue"}}};
	struct fake_message other = {.texts = {{POSTERN_SEGMENT_NEW,
	    "Dear Maria,\nwe have received your message. Our team will get back to you within 24 hours.\nTeam Blue"}}};

	assert_int_equal(fake_check(*state, &filled).findings, 1);
	assert_int_equal(fake_check(rule, &filled).findings, 0);
	assert_int_equal(fake_check(rule, &other).findings, 1);
	fake_close(&rule);
}

/* A header proves a machine; it spares nobody another rule, so there is nothing to gain by one. */
static void test_no_exemption(void **state)
{
	struct fake_message message = {.headers = {{"Auto-Submitted", "auto-replied"}},
	    .texts = {{POSTERN_SEGMENT_NEW, answer}}};
	struct fake_result result = fake_check(*state, &message);

	assert_int_equal(result.findings, 1);
	assert_true(result.marked);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_texts),
		cmocka_unit_test(test_headers),
		cmocka_unit_test(test_more),
		cmocka_unit_test(test_trust),
		cmocka_unit_test(test_hurried),
		cmocka_unit_test(test_repeated),
		cmocka_unit_test(test_templates),
		cmocka_unit_test(test_no_exemption),
	};

	return cmocka_run_group_tests(tests, rows_open, rows_close);
}
